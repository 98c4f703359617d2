/*
 * Encoded pictures for tests, made on the spot: JPEG, PNG and WebP by their libraries, BMP and GIF by hand. Everything is
 * malloc'd (the counted allocator is under test) and freed by the caller.
 */
#ifndef OC_TESTS_PICTURES_H
#define OC_TESTS_PICTURES_H

#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>
#include "vision/decode.h"

struct picture_bytes {
    uint8_t *p;
    size_t n;
};

/* A slope in each channel, in other directions: smooth enough for JPEG, and any turn or swap of channels changes it. */
static inline void picture_pixels(uint8_t *to, int width, int height, int channels)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                *to++ = (uint8_t)(c == 0 ? x * 255 / width : c == 1 ? y * 255 / height : (x + y) * 255 / (width + height));
}

/* restart: MCUs between restart markers, 0 = none. */
static inline struct picture_bytes picture_jpeg_restarts(int width, int height, int channels, bool progressive, unsigned restart)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *p = NULL;
    unsigned long n = 0;
    uint8_t *pixels = malloc((size_t)width * (size_t)height * (size_t)channels);
    picture_pixels(pixels, width, height, channels);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &p, &n);
    jpeg.image_width = (JDIMENSION)width;
    jpeg.image_height = (JDIMENSION)height;
    jpeg.input_components = channels;
    jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    if (channels == 4)
        jpeg_set_colorspace(&jpeg, JCS_YCCK);
    jpeg_set_quality(&jpeg, 95, TRUE);
    jpeg.restart_interval = restart;
    if (progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < height; y++) {
        JSAMPROW row = pixels + (size_t)y * (size_t)width * (size_t)channels;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(pixels);
    return (struct picture_bytes){p, n};
}

static inline struct picture_bytes picture_jpeg(int width, int height, int channels, bool progressive)
{
    return picture_jpeg_restarts(width, height, channels, progressive, 0);
}

/* channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
static inline struct picture_bytes picture_png(int width, int height, int channels)
{
    png_image image = {.version = PNG_IMAGE_VERSION, .width = (png_uint_32)width, .height = (png_uint_32)height};
    image.format = channels == 1 ? PNG_FORMAT_GRAY : channels == 2 ? PNG_FORMAT_GA : channels == 4 ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
    size_t n = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *pixels = malloc((size_t)width * (size_t)height * (size_t)channels), *p = malloc(n);
    picture_pixels(pixels, width, height, channels);
    if (!png_image_write_to_memory(&image, p, &n, 0, pixels, 0, NULL))
        abort();
    free(pixels);
    return (struct picture_bytes){p, n};
}

static inline struct picture_bytes picture_webp(int width, int height, bool lossless)
{
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 3), *made = NULL, *p;
    picture_pixels(pixels, width, height, 3);
    size_t n = lossless ? WebPEncodeLosslessRGB(pixels, width, height, width * 3, &made)
                        : WebPEncodeRGB(pixels, width, height, width * 3, 90, &made);
    p = malloc(n);
    memcpy(p, made, n);
    WebPFree(made);
    free(pixels);
    return (struct picture_bytes){p, n};
}

static inline void picture_put(struct picture_bytes *b, const void *bytes, size_t n)
{
    memcpy(b->p + b->n, bytes, n);
    b->n += n;
}

static inline void picture_put16(struct picture_bytes *b, unsigned v)
{
    picture_put(b, (uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8)}, 2);
}

static inline void picture_put32(struct picture_bytes *b, uint32_t v)
{
    picture_put16(b, v & 0xFFFF);
    picture_put16(b, v >> 16);
}

static inline void picture_bmp_header(struct picture_bytes *b, int width, int height, unsigned bits, unsigned compression, unsigned colours)
{
    picture_put(b, "BM", 2);
    picture_put32(b, 0);
    picture_put32(b, 0);
    picture_put32(b, 54 + 4 * colours);
    picture_put32(b, 40);
    picture_put32(b, (uint32_t)width);
    picture_put32(b, (uint32_t)height);
    picture_put16(b, 1);
    picture_put16(b, bits);
    picture_put32(b, compression);
    for (int i = 0; i < 3; i++)
        picture_put32(b, 0);
    picture_put32(b, colours);
    picture_put32(b, 0);
    for (unsigned i = 0; i < colours; i++)
        picture_put32(b, i * 0x050301u);
}

/* 24 bits, rows upwards when height is negative. */
static inline struct picture_bytes picture_bmp(int width, int height)
{
    int rows = height < 0 ? -height : height;
    size_t stride = ((size_t)width * 3 + 3) & ~(size_t)3;
    uint8_t *pixels = malloc((size_t)width * (size_t)rows * 3);
    struct picture_bytes b = {.p = malloc(54 + stride * (size_t)rows)};
    picture_pixels(pixels, width, rows, 3);
    picture_bmp_header(&b, width, height, 24, 0, 0);
    for (int y = 0; y < rows; y++) {
        const uint8_t *row = pixels + (size_t)(height < 0 ? y : rows - 1 - y) * (size_t)width * 3;
        for (int x = 0; x < width; x++, row += 3)
            picture_put(&b, (uint8_t[]){row[2], row[1], row[0]}, 3);
        picture_put(&b, "\0\0\0", stride - (size_t)width * 3);
    }
    free(pixels);
    return b;
}

/* RLE8, 16 colours: each row is half an encoded run, half literal. */
static inline struct picture_bytes picture_bmp_runs(int height)
{
    struct picture_bytes b = {.p = malloc(54 + 64 + 16 * (size_t)height + 2)};
    picture_bmp_header(&b, 9, height, 8, 1, 16);
    for (int y = 0; y < height; y++) {
        picture_put(&b, (uint8_t[]){4, (uint8_t)(y % 16), 0, 5, 1, 2, 3, 4, 5, 0, 0, 0}, 12);
    }
    picture_put(&b, "\0\1", 2);
    return b;
}

/* 8-bit grey ramp palette, codes of constant length: a clear code before every 100 pixels. Sides below 65536. */
static inline struct picture_bytes picture_gif(int width, int height, int transparent)
{
    size_t pixels = (size_t)width * (size_t)height, codes = pixels + pixels / 100 + 2, data = (codes * 9 + 7) / 8;
    struct picture_bytes b = {.p = calloc(1, 13 + 768 + 8 + 10 + 1 + data + data / 255 + 4)};
    uint8_t *packed = calloc(1, data + 2);
    picture_put(&b, "GIF89a", 6);
    picture_put16(&b, (unsigned)width);
    picture_put16(&b, (unsigned)height);
    picture_put(&b, "\xF7\0\0", 3);
    for (int i = 0; i < 256; i++)
        picture_put(&b, (uint8_t[]){(uint8_t)i, (uint8_t)(255 - i), 7}, 3);
    if (transparent >= 0)
        picture_put(&b, (uint8_t[]){'!', 0xF9, 4, 1, 0, 0, (uint8_t)transparent, 0}, 8);
    picture_put(&b, ",\0\0\0\0", 5);
    picture_put16(&b, (unsigned)width);
    picture_put16(&b, (unsigned)height);
    picture_put(&b, "\0\x08", 2);
    size_t at = 0;
    for (size_t i = 0; i <= pixels; i++) {
        unsigned list[2] = {256, i < pixels ? (unsigned)(i * 7 % 256) : 257};
        for (int k = i % 100 ? 1 : 0; k < 2; k++, at += 9)
            for (int bit = 0; bit < 9; bit++)
                packed[(at + (size_t)bit) / 8] |= (uint8_t)((list[k] >> bit & 1) << ((at + (size_t)bit) % 8));
    }
    data = (at + 7) / 8;
    for (size_t i = 0; i < data; i += 255) {
        uint8_t part = (uint8_t)(data - i < 255 ? data - i : 255);
        picture_put(&b, &part, 1);
        picture_put(&b, packed + i, part);
    }
    picture_put(&b, "\0;", 2);
    free(packed);
    return b;
}

/* A copy with an EXIF block after the first n bytes (JPEG: 2), framed as an APP1 segment. */
static inline struct picture_bytes picture_with_exif(const struct picture_bytes *jpeg, int orientation, bool big)
{
    uint8_t little_tiff[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (uint8_t)orientation, 0, 0, 0, 0, 0, 0, 0};
    uint8_t big_tiff[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (uint8_t)orientation, 0, 0, 0, 0, 0, 0};
    struct picture_bytes b = {.p = malloc(jpeg->n + 64)};
    picture_put(&b, jpeg->p, 2);
    picture_put(&b, (uint8_t[]){0xFF, 0xE1, 0, (uint8_t)(sizeof big_tiff + 8)}, 4);
    picture_put(&b, "Exif\0\0", 6);
    picture_put(&b, big ? big_tiff : little_tiff, sizeof big_tiff);
    picture_put(&b, jpeg->p + 2, jpeg->n - 2);
    return b;
}

#endif
