#include "model/network.h"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "model/classifier.h"

namespace unmask {
namespace {

TEST(NetworkTest, EveryNetworkGivesWhatItsShapesSay) {
  const at::NoGradGuard no_grad;
  for (const std::string& word : all_words<Architecture>()) {
    const ModelOptions options{.init = "random", .architecture = from_word<Architecture>(word).value()};
    Classifier classifier(options);  // makes the tensors
    initialise_random(classifier, 1);
    const NetworkShapes& shapes = classifier.shapes();
    const at::Tensor images = at::rand({3, 3, shapes.least_px, shapes.least_px + 1});
    const at::Tensor features = body_pass(options.architecture)(
        classifier.parameters(), classifier.running_statistics(), images, false, Precision::kFp32);
    EXPECT_EQ(features.sizes().vec(), (std::vector<std::int64_t>{3, shapes.features})) << word;
    EXPECT_FALSE(features[0].equal(features[1])) << word;
  }
}

TEST(NetworkTest, ImagesMayBeInThePrecisionsType) {
  const at::NoGradGuard no_grad;
  EXPECT_EQ(activation_type(Precision::kFp32), at::kFloat);
  EXPECT_EQ(activation_type(Precision::kBf16InF32), at::kFloat);
  EXPECT_EQ(activation_type(Precision::kFp16), at::kHalf);
  ASSERT_EQ(activation_type(Precision::kBf16), at::kBFloat16);
  Classifier classifier(ModelOptions{.init = "random"});
  initialise_random(classifier, 1);
  const ForwardContext context{.training = false, .precision = Precision::kBf16};
  const at::Tensor images = at::rand({2, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(classifier.forward(images.to(at::kBFloat16), context).equal(classifier.forward(images, context)));
  EXPECT_THROW(classifier.forward(images.to(at::kHalf), context), Error);
}

}  // namespace
}  // namespace unmask
