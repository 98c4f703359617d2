# oc_embed(<target> <symbol> <file>): the file's bytes as `const unsigned char <symbol>[]` and `const size_t <symbol>_len`, built into the target.
set(OC_EMBED_SCRIPT ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake)
function(oc_embed target symbol file)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DSYMBOL=${symbol} -P ${OC_EMBED_SCRIPT}
    DEPENDS ${file} ${OC_EMBED_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
