add_executable(bench_model_step EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/bench/model_step.cc)
target_link_libraries(bench_model_step PRIVATE unmask::model)
