# oc_embed(<target> <symbol> <file>): the file's bytes as `const unsigned char <symbol>[]` and `const size_t <symbol>_len`, and their
# SHA-256 in hexadecimal digits as `const char <symbol>_sha256[]`, built into the target.
set(OC_EMBED_SCRIPT ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake)
set(OC_OPENAPI_SCRIPT ${CMAKE_SOURCE_DIR}/cmake/openapi.cmake)
function(oc_embed target symbol file)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DSYMBOL=${symbol} -P ${OC_EMBED_SCRIPT}
    DEPENDS ${file} ${OC_EMBED_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

# oc_embed_assets(<target> <table> <files...>): each of the files, and a table of them, sorted by name: `const struct oc_asset <table>[]`
# and `const size_t <table>_len` (handlers/web/assets.h).
function(oc_embed_assets target table)
  set(externs "")
  set(rows "")
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER "${table}_${name}" symbol)
    oc_embed(${target} ${symbol} ${file})
    string(APPEND externs "extern const unsigned char ${symbol}[];\nextern const size_t ${symbol}_len;\nextern const char ${symbol}_sha256[];\n")
    string(APPEND rows "    {\"${name}\", ${symbol}, &${symbol}_len, ${symbol}_sha256},\n")
  endforeach()
  list(LENGTH ARGN n)
  set(text "#include \"handlers/web/assets.h\"\n${externs}const struct oc_asset ${table}[] = {\n${rows}};\nconst size_t ${table}_len = ${n};\n")
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${table}_table.c)
  file(GENERATE OUTPUT ${out} CONTENT "${text}")
  target_sources(${target} PRIVATE ${out})
endfunction()

# oc_openapi(<out>): puts the OpenAPI document together from static/openapi (its README.md tells how); <out> is the file.
function(oc_openapi out)
  file(GLOB_RECURSE parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/static/openapi/*.json)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_SOURCE_DIR}/static/openapi -DOUT=${out} -DVERSION=${PROJECT_VERSION} -P ${OC_OPENAPI_SCRIPT}
    DEPENDS ${parts} ${OC_OPENAPI_SCRIPT}
    VERBATIM)
endfunction()
