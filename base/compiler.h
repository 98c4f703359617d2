/*
 * Compiler attributes, in one place, so that the rest of the code reads as plain C.
 */
#ifndef OC_BASE_COMPILER_H
#define OC_BASE_COMPILER_H

#define OC_MUST_CHECK __attribute__((warn_unused_result))
#define OC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define OC_NORETURN __attribute__((noreturn))
#define OC_UNUSED __attribute__((unused))
#define OC_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define OC_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
