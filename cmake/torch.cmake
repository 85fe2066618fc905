# LibTorch from the wheel in .venv. find_package(Torch) wants a CUDA toolkit; this target wants only the wheels.
file(GLOB UNMASK_SITE_PACKAGES LIST_DIRECTORIES true ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages)
list(GET UNMASK_SITE_PACKAGES 0 UNMASK_SITE_PACKAGES)
set(torch_dir ${UNMASK_SITE_PACKAGES}/torch)
set(nvidia_dir ${UNMASK_SITE_PACKAGES}/nvidia)
if(NOT EXISTS ${torch_dir}/lib/libtorch.so)
  message(FATAL_ERROR "no LibTorch in ${torch_dir}: run `make setup` first")
endif()
# CUDA 13's wheels share the folder nvidia/cu13; those of CUDA 12 have one each.
file(GLOB cuda_includes LIST_DIRECTORIES true ${nvidia_dir}/cu13/include)
file(GLOB cuda_rpath_links LIST_DIRECTORIES true ${nvidia_dir}/cu13/lib)
if(NOT cuda_includes)
  file(GLOB cuda_includes LIST_DIRECTORIES true ${nvidia_dir}/*/include)
  file(GLOB cuda_rpath_links LIST_DIRECTORIES true ${nvidia_dir}/*/lib)
endif()
list(TRANSFORM cuda_includes PREPEND "SHELL:-idirafter " OUTPUT_VARIABLE torch_cuda_includes)
# What calls CUDA itself sees these before the system's folders, where another CUDA's may lie.
list(TRANSFORM cuda_includes PREPEND "SHELL:-isystem ")
list(TRANSFORM cuda_rpath_links PREPEND -Wl,-rpath-link,)
file(GLOB cuda_runtime ${nvidia_dir}/*/lib/libcudart.so.*)
get_filename_component(cuda_runtime_dir ${cuda_runtime} DIRECTORY)
file(GLOB nvrtc ${nvidia_dir}/*/lib/libnvrtc.so.*)
get_filename_component(nvrtc_dir ${nvrtc} DIRECTORY)

add_library(unmask_torch INTERFACE)
# -idirafter: torch/include carries its own fmt and protobuf, which must not hide Debian's.
target_compile_options(unmask_torch INTERFACE
  "SHELL:-idirafter ${torch_dir}/include" "SHELL:-idirafter ${torch_dir}/include/torch/csrc/api/include"
  ${torch_cuda_includes})
# libstdc++ comes first: LibTorch exports a std::filesystem::remove_all of its own that calls a null pointer. Its CUDA
# libraries are loaded where a GPU is used (model/device/device.cc): each start would pay for them.
target_link_directories(unmask_torch INTERFACE ${torch_dir}/lib)
target_link_libraries(unmask_torch INTERFACE
  -Wl,--no-as-needed stdc++ torch_cpu c10 -Wl,--as-needed)
target_link_options(unmask_torch INTERFACE -Wl,-rpath,${torch_dir}/lib ${cuda_rpath_links}
  -Wl,-rpath-link,${nvidia_dir}/nccl/lib -Wl,-rpath-link,${nvidia_dir}/cudnn/lib -Wl,--allow-shlib-undefined)

# NCCL and the CUDA runtime, header and library, of the same wheels, and where NVRTC lies, which the program opens
# itself (model/device/device_kernels.cc).
add_library(unmask_nccl INTERFACE)
target_compile_options(unmask_nccl INTERFACE "SHELL:-isystem ${nvidia_dir}/nccl/include" ${cuda_includes})
target_link_libraries(unmask_nccl INTERFACE ${nvidia_dir}/nccl/lib/libnccl.so.2 ${cuda_runtime})
target_link_options(unmask_nccl INTERFACE
  -Wl,-rpath,${nvidia_dir}/nccl/lib -Wl,-rpath,${cuda_runtime_dir} -Wl,-rpath,${nvrtc_dir})

# CUPTI, which counts calls of CUDA for bench/gpu.py.
file(GLOB cupti ${nvidia_dir}/*/lib/libcupti.so.*)
get_filename_component(cupti_dir ${cupti} DIRECTORY)
add_library(unmask_cupti INTERFACE)
target_compile_options(unmask_cupti INTERFACE ${cuda_includes})
target_link_libraries(unmask_cupti INTERFACE ${cupti})
target_link_options(unmask_cupti INTERFACE -Wl,-rpath,${cupti_dir})
