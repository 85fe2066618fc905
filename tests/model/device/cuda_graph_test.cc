// CUDA's graphs with CUDA's part, LibTorch's streams of a GPU and the graph's memory played by this test.
#include "model/device/cuda_graph.h"

#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"

namespace {

std::vector<std::string> calls;
std::string failing;  // the call that fails
std::intptr_t made = 0;

cudaError_t called(const char* name, const std::string& with = "") {
  calls.push_back(name + with);
  return name == failing ? cudaErrorInvalidValue : cudaSuccess;
}
std::string number(const void* pointer) { return " " + std::to_string(reinterpret_cast<std::intptr_t>(pointer)); }
template <class Handle>
cudaError_t make(Handle* handle, const char* name) {
  *handle = reinterpret_cast<Handle>(++made);
  return called(name, number(*handle));
}

constexpr std::intptr_t kStream = 1000;

/// The calling thread's stream.
thread_local c10::Stream current{c10::Stream::DEFAULT, c10::Device(c10::kCUDA, 0)};

struct PlayedGuard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device device) const override { return device; }
  c10::Device getDevice() const override { return {c10::kCUDA, 0}; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const override { return current; }
  c10::Stream exchangeStream(c10::Stream stream) const override { return std::exchange(current, stream); }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
};
const c10::impl::DeviceGuardImplRegistrar registered(c10::kCUDA, new PlayedGuard);

struct PlayedMemory final : unmask::GraphMemory {
  ~PlayedMemory() override { calls.emplace_back("memory: gone"); }
  void begin(void* stream) override { calls.push_back("memory: begin" + number(stream)); }
  void end() override { calls.emplace_back("memory: end"); }
};

}  // namespace

extern "C" {
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  *stream = reinterpret_cast<cudaStream_t>(kStream);
  return flags == cudaStreamNonBlocking ? cudaSuccess : cudaErrorInvalidValue;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return called("record", number(stream) + (mode == cudaStreamCaptureModeRelaxed ? "" : " strictly"));
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  EXPECT_EQ(reinterpret_cast<std::intptr_t>(stream), kStream);
  return make(graph, "recorded");
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* part, cudaGraph_t graph, unsigned long long) {
  return make(part, ("made of" + number(graph) + ":").c_str());
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return called("drop graph", number(graph)); }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t part) { return called("drop", number(part)); }
cudaError_t cudaGraphLaunch(cudaGraphExec_t part, cudaStream_t stream) {
  return called("launch", number(part) + number(stream));
}
cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t) { return "words of CUDA"; }
}

namespace unmask {
namespace {

using Calls = std::vector<std::string>;

class CudaGraphTest : public testing::Test {
 protected:
  CudaGraphTest() {
    calls.clear();
    failing.clear();
    made = 0;
  }
  static std::unique_ptr<ComputeGraph> graph() {
    return cuda_graphs(at::Device(at::kCUDA, 0), [] { return std::make_unique<PlayedMemory>(); })();
  }
  static bool is_on_default_stream() { return current.id() == 0; }
  static Calls take() { return std::exchange(calls, {}); }
};

TEST_F(CudaGraphTest, PartsAreRecordedAndPlayedOnTheDefaultStream) {
  {
    const auto graph = this->graph();
    graph->begin();
    EXPECT_EQ(current.id(), kStream);
    std::thread([&] { graph->cut(); }).join();  // as autograd's
    graph->end();
    EXPECT_TRUE(is_on_default_stream());
    EXPECT_EQ(take(), (Calls{"memory: begin 1000", "record 1000", "recorded 1", "made of 1: 2", "drop graph 1",
                             "record 1000", "recorded 3", "made of 3: 4", "drop graph 3", "memory: end"}));
    for (const std::size_t part : {0u, 1u, 0u}) graph->play(part);
    EXPECT_EQ(take(), (Calls{"launch 2 0", "launch 4 0", "launch 2 0"}));
    EXPECT_THROW(graph->play(2), std::out_of_range);
  }
  EXPECT_EQ(take(), (Calls{"drop 2", "drop 4", "memory: gone"}));
}

TEST_F(CudaGraphTest, WhatTheWorkThrewLeavesTheThreadAsItWas) {
  const auto graph = this->graph();
  graph->begin();
  take();
  graph->abandon();
  EXPECT_TRUE(is_on_default_stream());
  EXPECT_EQ(take(), (Calls{"recorded 1", "drop graph 1", "memory: end"}));
  graph->abandon();
  EXPECT_EQ(take(), Calls());
}

TEST_F(CudaGraphTest, ACallThatFailsIsNamedAndTheRecordingCanBeAbandoned) {
  for (const char* call : {"record", "recorded", "made of 1:"}) {
    made = 0;
    const auto graph = this->graph();
    failing = call;
    try {
      graph->begin();
      graph->cut();
      FAIL() << call;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("words of CUDA"), std::string::npos) << error.what();
    }
    failing.clear();
    take();
    graph->abandon();
    EXPECT_TRUE(is_on_default_stream()) << call;
    EXPECT_EQ(take(), Calls{"memory: end"}) << call;
  }
}

TEST_F(CudaGraphTest, ALaunchThatFailsIsNamed) {
  const auto graph = this->graph();
  graph->begin();
  graph->end();
  failing = "launch";
  EXPECT_THROW(graph->play(0), Error);
}

TEST_F(CudaGraphTest, AVariableTurnsThemOff) {
  for (const char* value : {"0", "1", ""}) {
    ::setenv("UNMASK_CUDA_GRAPHS", value, 1);
    EXPECT_EQ(static_cast<bool>(cuda_graphs(at::Device(at::kCUDA, 0))), std::string(value) != "0") << value;
  }
  ::unsetenv("UNMASK_CUDA_GRAPHS");
}

}  // namespace
}  // namespace unmask
