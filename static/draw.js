/* Pictures, boxes, masks and faces on a canvas. Colours are the server's: a label has one colour in both. */

/** vision/draw.h: hue by steps of the golden ratio, saturation .85, value 1 or .75. */
export function classColour(id) {
  const turns = 0.02 + id * 0.618034, hue = turns - Math.floor(turns), value = id % 2 ? 0.75 : 1;
  return [5, 3, 1].map((n) => {
    const k = (n + hue * 6) % 6;
    return Math.round(255 * (value - value * 0.85 * Math.max(0, Math.min(k, 4 - k, 1))));
  });
}
export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;
const inkOn = ([r, g, b]) => (0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#000" : "#fff");

/** A File as an upright bitmap, no side above 2048 pixels; scale is that of the bitmap to the picture. */
export async function readPicture(file) {
  let bitmap = await createImageBitmap(file);
  const width = bitmap.width, height = bitmap.height, scale = Math.min(1, 2048 / Math.max(width, height));
  if (scale < 1) {
    const small = await createImageBitmap(bitmap, {resizeWidth: Math.round(width * scale), resizeHeight: Math.round(height * scale), resizeQuality: "high"});
    bitmap.close();
    bitmap = small;
  }
  return {file, bitmap, width, height, scale};
}

/** Counts of COCO run lengths, as numbers or as pycocotools' text. */
export function runLengths(counts) {
  if (Array.isArray(counts)) return counts;
  const out = [];
  for (let at = 0; at < counts.length;) {
    let value = 0, shift = 0, more = true;
    while (more && at < counts.length) {
      const c = counts.charCodeAt(at++) - 48;
      value |= (c & 31) << shift;
      shift += 5;
      more = (c & 32) !== 0;
      if (!more && c & 16) value |= -1 << shift;
    }
    if (out.length > 2) value += out[out.length - 2];
    out.push(value);
  }
  return out;
}

/** Paints a COCO mask ({size: [h, w], counts}) into an ImageData of that size; alpha 0..255. Its columns run down, then right. */
export function paintMask(image, mask, [r, g, b], alpha) {
  const height = mask.size[0];
  let at = 0, inside = false;
  for (const n of runLengths(mask.counts)) {
    for (let i = at; inside && i < at + n; i++) {
      const p = 4 * ((i % height) * image.width + Math.floor(i / height));
      image.data.set([r, g, b, alpha], p);
    }
    at += n;
    inside = !inside;
  }
}

/** A canvas with masks [{mask, colour}] of one size. */
export function maskLayer(masks, alpha) {
  const [height, width] = masks[0].mask.size, canvas = new OffscreenCanvas(width, height), context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (const {mask, colour} of masks) paintMask(image, mask, colour, alpha);
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Begins a drawing: the canvas gets the picture's size and the picture. Coordinates are then those of the picture. */
export function begin(canvas, picture) {
  canvas.width = picture.bitmap.width;
  canvas.height = picture.bitmap.height;
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(picture.bitmap, 0, 0);
  context.setTransform(picture.scale, 0, 0, picture.scale, 0, 0);
  const shown = canvas.clientWidth || canvas.width; /* line widths are of the screen's pixels */
  context.unit = Math.max(1, picture.width / shown);
  return context;
}

export function box(context, b, colour, {dim = false, fill = false} = {}) {
  const u = context.unit;
  context.globalAlpha = dim ? 0.25 : 1;
  context.lineJoin = "round";
  for (const [style, width] of [["rgb(0 0 0 / .55)", 4 * u], [css(colour), 2.2 * u]]) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.strokeRect(b.x1, b.y1, b.x2 - b.x1, b.y2 - b.y1);
  }
  if (fill) {
    context.globalAlpha = 0.22;
    context.fillStyle = css(colour);
    context.fillRect(b.x1, b.y1, b.x2 - b.x1, b.y2 - b.y1);
  }
  context.globalAlpha = 1;
}

/** A label on a plate: above the box, or inside where there is no room. Clipped to the picture's width. */
export function label(context, b, text, colour, {dim = false, width = Infinity} = {}) {
  const u = context.unit, size = 12.5 * u, pad = 4 * u, height = size + pad;
  context.globalAlpha = dim ? 0.25 : 1;
  context.font = `600 ${size}px system-ui, sans-serif`;
  const w = context.measureText(text).width + 2 * pad, x = Math.max(0, Math.min(b.x1 - u, width - w)), y = b.y1 >= height ? b.y1 - height : b.y1;
  context.fillStyle = css(colour);
  context.fillRect(x, y, w, height);
  context.fillStyle = inkOn(colour);
  context.textBaseline = "middle";
  context.fillText(text, x + pad, y + height / 2 + u * 0.5);
  context.globalAlpha = 1;
}

export function dots(context, points, colour, radius = 3) {
  for (const [x, y] of points) {
    context.beginPath();
    context.arc(x, y, radius * context.unit, 0, 2 * Math.PI);
    context.fillStyle = css(colour);
    context.fill();
    context.lineWidth = context.unit;
    context.strokeStyle = "rgb(0 0 0 / .7)";
    context.stroke();
  }
}

/** Lines between the corners of a turned box. */
export function outline(context, corners, colour, {dim = false} = {}) {
  const u = context.unit;
  context.globalAlpha = dim ? 0.25 : 1;
  context.beginPath();
  corners.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
  for (const [style, width] of [["rgb(0 0 0 / .55)", 4 * u], [css(colour), 2.2 * u]]) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
  context.globalAlpha = 1;
}

const LEAST_SEEN = 0.5; /* score of a key point that is drawn, as in the server's own drawings */
const SKELETON = [[15, 13], [13, 11], [16, 14], [14, 12], [11, 12], [5, 11], [6, 12], [5, 6], [5, 7], [6, 8], [7, 9], [8, 10], [1, 2], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6]]; /* COCO's person */

/** Key points [[x, y, score], ...] of a detection, each in a colour of its own; a person's are joined. */
export function keyPoints(context, points, names, colour) {
  const seen = (p) => p && Number.isFinite(p[0]) && Number.isFinite(p[1]) && (p[2] ?? 1) >= LEAST_SEEN;
  context.strokeStyle = css(colour);
  context.lineWidth = 2 * context.unit;
  if (points.length === 17 && names?.[0] === "nose") for (const [a, b] of SKELETON) {
    if (!seen(points[a]) || !seen(points[b])) continue;
    context.beginPath();
    context.moveTo(points[a][0], points[a][1]);
    context.lineTo(points[b][0], points[b][1]);
    context.stroke();
  }
  points.forEach((p, i) => seen(p) && dots(context, [p], classColour(i + 1)));
}

/** The mask of a detection that has one, as maskLayer takes it. */
export const maskOf = (d) => (d.mask?.size && d.mask.counts !== undefined ? d.mask : null);

/** ArcFace's template of five points for 112x112; the similarity transform that brings the points nearest to it (least squares). */
const TEMPLATE = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]];
export function alignedCrop(canvas, picture, landmarks, side) {
  const points = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"].map((n) => landmarks[n]);
  const mean = (list, i) => list.reduce((sum, p) => sum + p[i], 0) / list.length;
  const [px, py, qx, qy] = [mean(points, 0), mean(points, 1), mean(TEMPLATE, 0), mean(TEMPLATE, 1)];
  let a = 0, b = 0, norm = 0;
  points.forEach(([x, y], i) => {
    const [dx, dy, tx, ty] = [x - px, y - py, TEMPLATE[i][0] - qx, TEMPLATE[i][1] - qy];
    a += dx * tx + dy * ty;
    b += dx * ty - dy * tx;
    norm += dx * dx + dy * dy;
  });
  a /= norm;
  b /= norm;
  const k = side / 112, context = canvas.getContext("2d");
  canvas.width = canvas.height = side;
  context.setTransform(k * a, k * b, -k * b, k * a, k * (qx - a * px + b * py), k * (qy - b * px - a * py));
  context.imageSmoothingQuality = "high";
  context.scale(1 / picture.scale, 1 / picture.scale);
  context.drawImage(picture.bitmap, 0, 0);
}
