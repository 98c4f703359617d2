# Writes OUT, a C file with the bytes of IN under the name SYMBOL.
file(READ ${IN} hex HEX)
file(SHA256 ${IN} sha256)
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
file(WRITE ${OUT} "#include <stddef.h>
extern const unsigned char ${SYMBOL}[];
extern const size_t ${SYMBOL}_len;
extern const char ${SYMBOL}_sha256[];
const unsigned char ${SYMBOL}[] = {
${hex}0};
const size_t ${SYMBOL}_len = sizeof ${SYMBOL} - 1;
const char ${SYMBOL}_sha256[] = \"${sha256}\";
")
