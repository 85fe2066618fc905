#include "report/data_uri.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(DataUri, IsTheOneOfRfc4648) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, wanted] : vectors) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    EXPECT_EQ(data_uri("image/jpeg", bytes), "data:image/jpeg;base64," + wanted);
  }
  EXPECT_EQ(data_uri("x/y", std::vector<std::uint8_t>{0xFB, 0xFF, 0xFE}), "data:x/y;base64,+//+");
}

}  // namespace
}  // namespace unmask
