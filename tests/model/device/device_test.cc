#include "model/device/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "dist/loopback_communicator.h"
#include "tests/model/device/byte_batch.h"
#include "tests/model/device/crops_on_host.h"

namespace unmask {
namespace {

TEST(DeviceTest, TorchIsSetForTheSameBits) {
  configure_torch(2, /*reproducible=*/true);
  EXPECT_EQ(at::get_num_threads(), 2);
  const at::Context& torch = at::globalContext();
  EXPECT_TRUE(torch.deterministicAlgorithms());
  EXPECT_TRUE(torch.deterministicCuDNN());
  EXPECT_FALSE(torch.benchmarkCuDNN());
  EXPECT_FALSE(at::globalContext().allowTF32CuBLAS());
  EXPECT_FALSE(at::globalContext().allowTF32CuDNN());
  EXPECT_STREQ(std::getenv("CUBLAS_WORKSPACE_CONFIG"), ":4096:8");
  configure_torch(1, /*reproducible=*/false);
  EXPECT_EQ(at::get_num_threads(), 1);
  EXPECT_FALSE(torch.deterministicAlgorithms());
  EXPECT_TRUE(torch.benchmarkCuDNN());
  EXPECT_FALSE(at::globalContext().allowTF32CuBLAS()) << "fp32 is fp32 either way";
}

TEST(DeviceTest, CudaIsLoadedWhenItIsAskedForAndLibTorchSeesIt) {
  configure_torch(1, true);
  EXPECT_EQ(::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_NOLOAD), nullptr) << "every start would pay for it";
  load_cuda();
  const at::CUDAHooksInterface& cuda = at::detail::getCUDAHooks();
  EXPECT_TRUE(cuda.hasCUDART());
  EXPECT_TRUE(cuda.compiledWithCuDNN());
  EXPECT_GE(cuda.versionCUDART(), 12000);
}

TEST(DeviceTest, ItsKernelMakesTheCropsInThePrecisionsType) {
  ComputePlace place{at::kCPU, true};
  const CropBatch batch = byte_batch(16, 1, 2, true);
  const at::Tensor by_aten = place.images(batch, 16, Precision::kFp32);
  EXPECT_EQ(by_aten.scalar_type(), at::kFloat);
  int launches = 0;
  place.make_crops = [&](const CropLaunch& launch) {
    ++launches;
    make_crops_on_host(launch);
  };
  EXPECT_TRUE(place.images(batch, 16, Precision::kBf16).equal(by_aten.to(at::kBFloat16)));
  EXPECT_EQ(launches, 1);
}

TEST(DeviceTest, ACpuTakesImagesAndSumsInHostMemory) {
  const ComputePlace place = place_on(Device::kCpu, 3);
  EXPECT_TRUE(place.device.is_cpu());
  EXPECT_FALSE(place.bytes());
  ReducerOptions options;
  place.place_sums(options);
  const auto sums = options.make_sums({.elements = 4, .tensors = 1, .buckets = 1, .control_words = 1});
  std::vector<float> values = {1, 2, 3, 4};
  const float* pointer = values.data();
  sums->begin(1e6, 1);
  // The host says at once that a value is bad; a device says so later.
  values[2] = 1e9f;
  EXPECT_FALSE(sums->accumulate({0, 0, 4}, std::span(&pointer, 1), true, {}));
  const auto group = make_loopback_communicator();
  KeptCommunicator kept([](Communicator&) -> std::unique_ptr<Communicator> { throw std::logic_error("made one"); });
  EXPECT_EQ(place.communicator(*group, kept), nullptr);
  EXPECT_EQ((ComputePlace{at::kCPU, true}.communicator(*group, kept)), nullptr) << "of a rank alone";
  EXPECT_EQ(place.memory_failures(), 0);
}

TEST(DeviceTest, ByTensorsItTakesBytesAndSumsByThem) {
  const ComputePlace place{at::kCPU, true};
  const ByteMemory memory = place.bytes();
  ASSERT_TRUE(memory);
  memory(100).get()[99] = 1;
  ReducerOptions options;
  place.place_sums(options);
  const auto sums = options.make_sums({.elements = 4, .tensors = 1, .buckets = 1, .control_words = 1});
  const std::vector<float> values = {1, 2, 1e9f, 4};
  const float* pointer = values.data();
  sums->begin(1e6, 1);
  EXPECT_TRUE(sums->accumulate({0, 0, 4}, std::span(&pointer, 1), true, {}));
  std::int64_t control = 0;
  sums->settle(0);
  sums->get_control(std::span(&control, 1));
  EXPECT_EQ(control, 1);
  EXPECT_EQ(sums->late_faults().tensors, std::vector<int>{0});
}

}  // namespace
}  // namespace unmask
