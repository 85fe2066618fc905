// The words by which configs, files and messages write the values of an enumeration.
// One table per type, beside the enum:
//
//   enum class Head { kLinear, kHidden };
//   constexpr auto words_of(Head) {
//     using enum Head;
//     return std::to_array<Word<Head>>({{"linear", kLinear}, {"hidden", kHidden}});
//   }
//
// Whoever reads, writes or lists the words asks the table; a new value is a new entry there.
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace unmask {

template <typename E>
struct Word {
  std::string_view text;
  E value;
};

template <typename E>
concept HasWords = std::is_enum_v<E> && requires(E value) {
  words_of(value);
};

/// THROWS Error(kFailed): a value without a word.
[[noreturn]] void throw_no_word(int value);
/// THROWS Error(kData) "<what> is "deep", wanted one of "linear", "hidden"".
[[noreturn]] void throw_unknown_word(std::string_view what, std::string_view text,
                                     const std::vector<std::string>& words);
/// `one of "linear", "hidden"`, for messages.
std::string one_of(const std::vector<std::string>& words);

/// Where a value has several words, the first. THROWS Error(kFailed) where it has none.
template <HasWords E>
std::string to_word(E value) {
  for (const Word<E>& word : words_of(value)) {
    if (word.value == value) return std::string(word.text);
  }
  throw_no_word(static_cast<int>(value));
}

template <HasWords E>
std::optional<E> from_word(std::string_view text) {
  for (const Word<E>& word : words_of(E{})) {
    if (word.text == text) return word.value;
  }
  return std::nullopt;
}

/// In the table's order.
template <HasWords E>
std::vector<std::string> all_words() {
  std::vector<std::string> words;
  for (const Word<E>& word : words_of(E{})) words.emplace_back(word.text);
  return words;
}

/// From a file or a message, where `what` is being read. THROWS Error(kData) naming what, the text and the words.
template <HasWords E>
E require_word(std::string_view what, std::string_view text) {
  if (const std::optional<E> value = from_word<E>(text)) return *value;
  throw_unknown_word(what, text, all_words<E>());
}

}  // namespace unmask
