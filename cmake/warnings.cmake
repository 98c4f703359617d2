# Warnings, each for a reason; noise is not switched on and then ignored.
set(OC_WARNINGS -Wall -Wextra
  -Wshadow             # two things with one name
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
  -Wvla                # stack use that input decides
  -Wcast-qual -Wpointer-arith -Wundef -Wformat=2 -Wwrite-strings
  -Wdouble-promotion   # float arithmetic that silently becomes double
  -Wimplicit-fallthrough
  -fno-common -fno-math-errno -fno-trapping-math)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND OC_WARNINGS -Wduplicated-cond -Wlogical-op -Walloca)
endif()
if(CMAKE_C_COMPILER_ID MATCHES "Clang") # GCC's pragmas about loops mean nothing to it, and it says so at each
  list(APPEND OC_WARNINGS -Wno-unknown-pragmas -Wno-pass-failed -Wno-string-plus-int -Wno-double-promotion)
endif()
if(OC_WERROR)
  list(APPEND OC_WARNINGS -Werror)
endif()
add_compile_options(${OC_WARNINGS})
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1")
# Hardening (OpenSSF compiler options guide); sanitizer builds bring their own.
if(NOT OC_SANITIZE AND NOT OC_FUZZ)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection=full)
  endif()
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)
endif()
