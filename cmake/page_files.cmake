# Writes OUTPUT, a C++ source with the page's files as texts:
# cmake -DOUTPUT=… -DNAMESPACE=page_files -DPAGE=… -DSTYLE=a|b -DSCRIPTS=a|b [-DD3=…] -P cmake/page_files.cmake
# The texts are what report/NAMESPACE.h declares.
function(text_of NAME)
  set(all "")
  foreach(file IN LISTS ARGN)
    file(READ ${file} hex HEX)
    string(APPEND all "${hex}")
  endforeach()
  # Bytes, not string literals: these have a largest length, and an end mark that a file may hold.
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${all}")
  set(body "${body}constexpr unsigned char ${NAME}_bytes[] = {${bytes}};\n" PARENT_SCOPE)
  string(APPEND views "const std::string_view ${NAME}(reinterpret_cast<const char*>(${NAME}_bytes), "
    "sizeof ${NAME}_bytes);\n")
  set(views "${views}" PARENT_SCOPE)
endfunction()
string(REPLACE "|" ";" SCRIPTS "${SCRIPTS}")
text_of(kPage ${PAGE})
string(REPLACE "|" ";" STYLE "${STYLE}")
text_of(kStyle ${STYLE})
text_of(kScript ${SCRIPTS})
if(D3)
  text_of(kD3 ${D3})
endif()
file(WRITE ${OUTPUT} "#include \"report/${NAMESPACE}.h\"\n\n"
  "namespace unmask::${NAMESPACE} {\nnamespace {\n${body}}\n${views}}\n")
