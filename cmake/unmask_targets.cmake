# One library a folder; the direction of dependencies is checked here, when CMake configures.
set(UNMASK_COMPILE_OPTIONS -Wall -Wextra -Wshadow -Wnon-virtual-dtor)
# A warning stops the build with Debian 12's compiler, which CI has. A newer one's opinion must not stop a user, and GCC 13's
# of fmt's headers is wrong.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND UNMASK_COMPILE_OPTIONS -Werror)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND UNMASK_COMPILE_OPTIONS -Wno-array-bounds)
endif()
# Products and sums are never contracted to fused operations behind our back: promise 1 (same bits).
list(APPEND UNMASK_COMPILE_OPTIONS -ffp-contract=off)

# What each layer may use. `data`, `dist` and `model` never see each other.
set(UNMASK_MAY_USE_base "")
set(UNMASK_MAY_USE_data base)
set(UNMASK_MAY_USE_dist base)
set(UNMASK_MAY_USE_safetensors base)
set(UNMASK_MAY_USE_model_options base)
set(UNMASK_MAY_USE_model base safetensors model_options)
set(UNMASK_MAY_USE_train_plan base data dist)
set(UNMASK_MAY_USE_train train_plan base data dist model safetensors)
set(UNMASK_MAY_USE_sweep base data dist train_plan train)
set(UNMASK_MAY_USE_config base data model_options train_plan sweep)
set(UNMASK_MAY_USE_report base data train_plan sweep)
set(UNMASK_MAY_USE_launch base data dist model train_plan train sweep safetensors config report)

function(unmask_check_layers NAME)
  foreach(dependency IN LISTS ARGN)
    if(NOT dependency IN_LIST UNMASK_MAY_USE_${NAME})
      message(FATAL_ERROR "${NAME} may not depend on ${dependency}: it may use [${UNMASK_MAY_USE_${NAME}}] (docs/design.md, layers)")
    endif()
  endforeach()
endfunction()

# unmask_library(data SOURCES a.cc b.cc DEPENDS base EXTERNAL opencv_core)
# EXTERNAL libraries are private: their headers must not appear in a header that another folder includes.
function(unmask_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;EXTERNAL" ${ARGN})
  unmask_check_layers(${NAME} ${ARG_DEPENDS})
  add_library(unmask_${NAME} STATIC ${ARG_SOURCES})
  add_library(unmask::${NAME} ALIAS unmask_${NAME})
  target_include_directories(unmask_${NAME} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(unmask_${NAME} PRIVATE ${UNMASK_COMPILE_OPTIONS})
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(unmask_${NAME} PUBLIC unmask::${dependency})
  endforeach()
  target_link_libraries(unmask_${NAME} PRIVATE ${ARG_EXTERNAL})
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

# unmask_test(crop_store_test SOURCES … LINK unmask::data [LABELS slow numeric]): one process, one CTest entry. `slow` is left out
# of `make check`; `numeric` is run again as on smaller processors (scripts/test_instruction_sets).
function(unmask_test NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  unmask_test_executable(${NAME} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK} GTest::gtest GTest::gtest_main)
  add_test(NAME ${NAME} COMMAND ${NAME})
  set_tests_properties(${NAME} PROPERTIES LABELS "unit;${ARG_LABELS}" TIMEOUT 300)
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
    set_tests_properties(${NAME}_${ranks} PROPERTIES LABELS "mpi;${ARG_LABELS}" TIMEOUT 300 PROCESSORS ${ranks}
      ENVIRONMENT "UNMASK_EXPECT_WORLD=${ranks};OMP_NUM_THREADS=1;PRTE_MCA_hwloc_default_binding_policy=none;OMPI_MCA_mpi_yield_when_idle=1")
  endforeach()
endfunction()
