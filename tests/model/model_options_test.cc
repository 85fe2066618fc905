#include "model/model_options.h"

#include <gtest/gtest.h>

#include <cmath>

namespace unmask {
namespace {

TEST(ModelOptionsTest, EveryFaultIsNamedByItsKey) {
  EXPECT_TRUE(validate(ModelOptions{.init = "random"}).empty());
  EXPECT_TRUE(validate(ModelOptions{.init = "w.safetensors", .dropout = 0}).empty());
  const std::vector<std::string> both = validate(ModelOptions{.init = "", .dropout = 1});
  ASSERT_EQ(both.size(), 2u);
  EXPECT_NE(both[0].find("model.init must be said: \"imagenet\", \"random\", or a"), std::string::npos) << both[0];
  EXPECT_NE(both[1].find("model.dropout"), std::string::npos) << both[1];
  for (const double dropout : {-0.1, 1.0, 1.5, std::nan("")})
    EXPECT_EQ(validate(ModelOptions{.init = "random", .dropout = dropout}).size(), 1u) << dropout;
}

TEST(ModelOptionsTest, WordsAreThoseOfConfigsAndModelFiles) {
  EXPECT_EQ(all_words<Head>(), (std::vector<std::string>{"linear", "hidden"}));
  EXPECT_EQ(to_word(ModelOptions{}.architecture), "resnet18");
}

}  // namespace
}  // namespace unmask
