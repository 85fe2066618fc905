// What a call that must fail says.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace unmask::test_support {

/// The text of the Error that `work` throws, which must be of `kind`; "" where it throws none.
template <typename Work>
std::string refusal(ErrorKind kind, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "";
}

}  // namespace unmask::test_support
