# One library a folder; the direction of dependencies, links and includes, is checked here, when CMake configures.
include(${CMAKE_CURRENT_LIST_DIR}/layers.cmake)

set(UNMASK_COMPILE_OPTIONS -Wall -Wextra -Wshadow -Wnon-virtual-dtor)
# A warning stops the build with Debian 12's compiler, which CI has. A newer one's opinion must not stop a user, and
# GCC 13's of fmt's headers is wrong; so is GCC 12's of std::string where that was precompiled.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND UNMASK_COMPILE_OPTIONS -Werror -Wno-array-bounds -Wno-stringop-overread -Wno-stringop-overflow
    -Wno-restrict)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND UNMASK_COMPILE_OPTIONS -Wno-array-bounds)
endif()
# Products and sums are never contracted to fused operations behind our back: promise 1 (same bits).
list(APPEND UNMASK_COMPILE_OPTIONS -ffp-contract=off)

function(unmask_check_layers NAME)
  foreach(dependency IN LISTS ARGN)
    if(NOT dependency IN_LIST UNMASK_MAY_USE_${NAME})
      message(FATAL_ERROR
        "${NAME} may not depend on ${dependency}: it may use [${UNMASK_MAY_USE_${NAME}}] (cmake/layers.cmake)")
    endif()
  endforeach()
endfunction()

# A target owns the files named and the headers beside its sources.
function(unmask_own_files NAME)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(file IN LISTS ARGN)
    set(own ${file})
    string(REGEX REPLACE "\\.cc$" ".h" header ${file})
    if(NOT header STREQUAL file AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${header})
      list(APPEND own ${header})
    endif()
    list(TRANSFORM own PREPEND ${folder}/)
    foreach(path IN LISTS own)
      get_property(other GLOBAL PROPERTY UNMASK_OWNER_${path})
      if(other)
        message(FATAL_ERROR "${path} belongs to ${other} and to ${NAME}: name it in one of them (a header beside a "
          "source needs no name)")
      endif()
      set_property(GLOBAL PROPERTY UNMASK_OWNER_${path} ${NAME})
      set_property(GLOBAL APPEND PROPERTY UNMASK_OWNED_FILES ${path})
    endforeach()
  endforeach()
endfunction()

# Once all targets are known: each `#include "folder/..."` of their files is of a target that theirs may use.
function(unmask_check_includes)
  set(faults "")
  get_property(files GLOBAL PROPERTY UNMASK_OWNED_FILES)
  foreach(file IN LISTS files)
    get_property(owner GLOBAL PROPERTY UNMASK_OWNER_${file})
    file(STRINGS ${PROJECT_SOURCE_DIR}/${file} includes REGEX "^ *# *include *\"[^\"]*/")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^[^\"]*\"([^\"]*)\".*" "\\1" included "${include}")
      get_property(used GLOBAL PROPERTY UNMASK_OWNER_${included})
      if(NOT used)
        string(APPEND faults "\n  ${file} (${owner}) includes ${included}, which no target owns: name it in HEADERS, "
          "or the source beside it in SOURCES, of its folder's CMakeLists.txt")
      elseif(NOT used STREQUAL owner AND NOT used IN_LIST UNMASK_MAY_USE_${owner})
        string(APPEND faults
          "\n  ${file} (${owner}) includes ${included} (${used}); ${owner} may use [${UNMASK_MAY_USE_${owner}}]")
      endif()
    endforeach()
  endforeach()
  if(faults)
    message(FATAL_ERROR "includes that the layers forbid (cmake/layers.cmake):${faults}")
  endif()
endfunction()

# Likewise: no chain of links brings a heavy library to a light target.
function(unmask_check_links)
  list(JOIN UNMASK_HEAVY_LIBRARIES "|" heavy)
  foreach(name IN LISTS UNMASK_LIGHT_TARGETS)
    set(open unmask_${name})
    set(chain_unmask_${name} ${name})
    set(seen "")
    while(open)
      list(POP_FRONT open target)
      list(APPEND seen ${target})
      get_target_property(links ${target} LINK_LIBRARIES)
      foreach(link IN LISTS links)
        string(REGEX REPLACE "^unmask::" "unmask_" linked "${link}")
        if(linked MATCHES "^(${heavy})$")
          message(FATAL_ERROR "${name} links ${link}, by ${chain_${target}}: it is to stay light (cmake/layers.cmake)")
        endif()
        if(linked MATCHES "^unmask_" AND NOT linked IN_LIST seen AND NOT linked IN_LIST open)
          string(REGEX REPLACE "^unmask_" "" short ${linked})
          set(chain_${linked} "${chain_${target}} → ${short}")
          list(APPEND open ${linked})
        endif()
      endforeach()
    endwhile()
  endforeach()
endfunction()

# unmask_library(data SOURCES a.cc b.cc HEADERS c.h DEPENDS base EXTERNAL opencv_core)
# HEADERS: those without a source of their name beside them.
# EXTERNAL libraries are private: their headers must not appear in a header that another folder includes.
function(unmask_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;DEPENDS;EXTERNAL" ${ARGN})
  unmask_check_layers(${NAME} ${ARG_DEPENDS})
  unmask_own_files(${NAME} ${ARG_SOURCES} ${ARG_HEADERS})
  add_library(unmask_${NAME} STATIC ${ARG_SOURCES})
  add_library(unmask::${NAME} ALIAS unmask_${NAME})
  target_include_directories(unmask_${NAME} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(unmask_${NAME} PRIVATE ${UNMASK_COMPILE_OPTIONS})
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(unmask_${NAME} PUBLIC unmask::${dependency})
  endforeach()
  target_link_libraries(unmask_${NAME} PRIVATE ${ARG_EXTERNAL})
  cmake_language(EVAL CODE "cmake_language(DEFER CALL unmask_share_header unmask_${NAME})")
endfunction()

# What nearly every file includes of the standard library, parsed once for each set of flags: a quarter of the time to
# compile. Called at the end of a folder, when the flags of its targets and files are known.
function(unmask_share_header TARGET)
  get_target_property(own ${TARGET} PRECOMPILE_HEADERS)
  get_target_property(shared ${TARGET} PRECOMPILE_HEADERS_REUSE_FROM)
  get_target_property(sources ${TARGET} SOURCES)
  get_target_property(options ${TARGET} COMPILE_OPTIONS)
  get_target_property(links ${TARGET} LINK_LIBRARIES)
  if(own OR shared OR "unmask_mpi" IN_LIST links) # its flags are others
    return()
  endif()
  foreach(source IN LISTS sources)
    get_source_file_property(flags ${source} COMPILE_OPTIONS)
    if(flags)
      set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
  string(MD5 key "${options}")
  set(header standard_header_${key})
  if(NOT TARGET ${header})
    set(empty ${PROJECT_BINARY_DIR}/${header}.cc)
    file(CONFIGURE OUTPUT ${empty} CONTENT "")
    add_library(${header} STATIC ${empty})
    set_target_properties(${header} PROPERTIES COMPILE_OPTIONS "${options}")
    target_precompile_headers(${header} PRIVATE <algorithm> <array> <chrono> <cstdint> <filesystem> <fstream>
      <functional> <map> <memory> <optional> <set> <span> <sstream> <string> <string_view> <variant> <vector>)
  endif()
  target_precompile_headers(${TARGET} REUSE_FROM ${header})
endfunction()

function(unmask_test_executable NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_compile_options(${NAME} PRIVATE ${UNMASK_COMPILE_OPTIONS})
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK})
  target_compile_definitions(${NAME} PRIVATE UNMASK_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    UNMASK_PYTHON="${PROJECT_SOURCE_DIR}/.venv/bin/python")
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endfunction()

# unmask_test(crop_store_test SOURCES … LINK unmask::data [LABELS slow numeric bf16]): one process, one CTest entry.
# `slow` is left out of `make check`; `numeric`, and those of them with `bf16` twice, are run again as on smaller
# processors (scripts/test_instruction_sets).
function(unmask_test NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  unmask_test_executable(${NAME} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK} GTest::gtest GTest::gtest_main)
  if(NOT unmask_mpi IN_LIST ARG_LINK) # its flags are others
    target_precompile_headers(${NAME} REUSE_FROM test_header)
  endif()
  add_test(NAME ${NAME} COMMAND ${NAME})
  set_tests_properties(${NAME} PROPERTIES LABELS "unit;${ARG_LABELS}" TIMEOUT 900) # only against hanging
endfunction()

# unmask_mpi_test(conformance_mpi_test RANKS 1 2 3 4 SOURCES … LINK unmask::dist): one CTest entry a world size;
# tests/support/mpi_main.cc asserts the size and gathers the ranks' results.
function(unmask_mpi_test NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS;RANKS" ${ARGN})
  unmask_test_executable(${NAME} SOURCES ${ARG_SOURCES} ${PROJECT_SOURCE_DIR}/tests/support/mpi_main.cc
    LINK ${ARG_LINK} GTest::gtest unmask_mpi)
  foreach(ranks IN LISTS ARG_RANKS)
    add_test(NAME ${NAME}_${ranks}
      COMMAND ${UNMASK_MPIRUN} --oversubscribe --allow-run-as-root -n ${ranks} $<TARGET_FILE:${NAME}>)
    # Ranks share cores: one that waits must let the others work.
    set_tests_properties(${NAME}_${ranks} PROPERTIES LABELS "mpi;${ARG_LABELS}" TIMEOUT 900 PROCESSORS ${ranks}
      ENVIRONMENT "UNMASK_EXPECT_WORLD=${ranks};OMP_NUM_THREADS=1;OMPI_MCA_mpi_yield_when_idle=1")
  endforeach()
endfunction()

# unmask_fuzz(crop_store_fuzz SOURCES … LINK unmask::data_store): a libFuzzer program of `make fuzz-data`, where the
# preset `sanitize` builds.
function(unmask_fuzz NAME)
  if(NOT UNMASK_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  unmask_test_executable(${NAME} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK})
  target_link_options(${NAME} PRIVATE -fsanitize=fuzzer)
  set_property(GLOBAL APPEND PROPERTY UNMASK_FUZZ_PROGRAMS ${NAME})
endfunction()
