# Every header compiles alone: one generated source a header. Headers that see ATen take seconds each; they are compiled
# by the sources that own them and left out here.
function(unmask_reaches_torch HEADER RESULT)
  set(${RESULT} FALSE PARENT_SCOPE)
  file(STRINGS ${PROJECT_SOURCE_DIR}/${HEADER} includes REGEX "^#include")
  foreach(include IN LISTS includes)
    if(include MATCHES "<(ATen|torch|c10)/")
      set(${RESULT} TRUE PARENT_SCOPE)
      return()
    endif()
    string(REGEX REPLACE "^#include *[<\"]([^>\"]*)[>\"].*" "\\1" included "${include}")
    if(EXISTS ${PROJECT_SOURCE_DIR}/${included})
      unmask_reaches_torch(${included} reached)
      if(reached)
        set(${RESULT} TRUE PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
endfunction()

file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/base/*.h ${PROJECT_SOURCE_DIR}/data/*.h ${PROJECT_SOURCE_DIR}/dist/*.h
  ${PROJECT_SOURCE_DIR}/model/*.h ${PROJECT_SOURCE_DIR}/sweep/*.h ${PROJECT_SOURCE_DIR}/report/*.h
  ${PROJECT_SOURCE_DIR}/launch/*.h ${PROJECT_SOURCE_DIR}/tests/support/*.h)
set(header_sources "")
foreach(header IN LISTS headers)
  unmask_reaches_torch(${header} sees_torch)
  # Kernels that are compiled once an instruction set mean nothing without the including file's flags.
  file(STRINGS ${PROJECT_SOURCE_DIR}/${header} lanes REGEX "UNMASK_LANES")
  if(NOT sees_torch AND NOT lanes)
    string(REPLACE "/" "_" name ${header})
    # file(CONFIGURE) leaves an unchanged file alone, so nothing is compiled again.
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/header_check/${name}.cc CONTENT "#include \"@header@\"\n" @ONLY)
    list(APPEND header_sources ${PROJECT_BINARY_DIR}/header_check/${name}.cc)
  endif()
endforeach()
add_library(unmask_header_check OBJECT ${header_sources})
target_include_directories(unmask_header_check PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(unmask_header_check PRIVATE UNMASK_SOURCE_DIR="" UNMASK_PYTHON="")
target_compile_options(unmask_header_check PRIVATE ${UNMASK_COMPILE_OPTIONS} -O0 -g0)
target_link_libraries(unmask_header_check PRIVATE
  opencv_core unmask_mpi Boost::program_options nlohmann_json::nlohmann_json SQLiteCpp GTest::gtest)
