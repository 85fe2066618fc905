#include "data/prepare/prepare_probe.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <system_error>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "data/prepare/clip_preparer.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kMostFactsBytes = 1u << 30;

json to_json(const SourceFacts& facts) {
  return {to_word(facts.status), facts.problem, facts.frames, facts.duration_s,
          facts.width,           facts.height,  facts.digest};
}

SourceFacts facts_from_json(const json& parts) {
  return {require_word<FrameStatus>("a video's status", parts.at(0).get<std::string>()),
          parts.at(1),
          parts.at(2),
          parts.at(3),
          parts.at(4),
          parts.at(5),
          parts.at(6)};
}

fs::path facts_file(const PrepareListing& listing, const PrepareDataset& dataset) {
  return parts_folder(listing, dataset) / dataset.digest / "videos.json";
}

/// By their number within the dataset; none where nothing was kept.
std::map<std::size_t, SourceFacts> kept_facts(const PrepareListing& listing, const PrepareDataset& dataset) {
  std::map<std::size_t, SourceFacts> kept;
  const fs::path file = facts_file(listing, dataset);
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return kept;
  try {
    for (const json& one : json::parse(read_text_file(file, kMostFactsBytes))) {
      kept.emplace(one.at(0).get<std::size_t>(), facts_from_json(one.at(1)));
    }
  } catch (const std::exception&) {
    kept.clear();  // damaged: the videos are looked at again
  }
  return kept;
}

}  // namespace

SourceFacts look_into(MediaDecoder& decoder, const fs::path& file, bool with_digest) {
  VideoFacts seen = decoder.probe(file);
  if (seen.status == FrameStatus::kOk && seen.frames <= 0) {
    seen.status = FrameStatus::kTruncated;
    seen.problem = "has no frames";
  }
  // What is missing at a good video's end is a fault all the same.
  if (seen.status == FrameStatus::kOk && !seen.problem.empty()) seen.status = FrameStatus::kTruncated;
  const bool has_frames = seen.status == FrameStatus::kOk || seen.status == FrameStatus::kTruncated;
  // A header's number is a stranger's word; a row's number has 32 bits.
  const std::int64_t frames = has_frames ? std::clamp<std::int64_t>(seen.frames, 0, 100'000'000) : 0;
  return {seen.status,
          printable(seen.problem),
          frames,
          std::isfinite(seen.duration_s) ? seen.duration_s : 0,
          seen.width,
          seen.height,
          with_digest ? source_digest(file) : ""};
}

std::string source_digest(const fs::path& file) {
  constexpr std::size_t kChunk = 4u << 20;
  try {
    const PositionalFile source(file);
    Digest128Stream digest;
    std::vector<std::byte> chunk;
    for (std::uint64_t at = 0; at < source.size(); at += chunk.size()) {
      chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, source.size() - at)));
      source.read(at, chunk);
      digest.update(chunk);
    }
    return to_hex(digest.digest());
  } catch (const Error&) {
    return "";
  }
}

std::string probe_sources(const PrepareListing& listing, int rank, int world, const std::function<void()>& each) {
  MediaDecoder decoder(decoder_options(listing.options));
  std::vector<std::map<std::size_t, SourceFacts>> kept;
  for (const PrepareDataset& dataset : listing.datasets) {
    kept.push_back(dataset.done ? std::map<std::size_t, SourceFacts>() : kept_facts(listing, dataset));
  }
  json share = json::array();
  std::size_t dataset = 0;
  for (const std::size_t source : probes_of_rank(listing, rank, world)) {
    while (source >= listing.datasets[dataset].first + listing.datasets[dataset].count) ++dataset;
    const auto known = kept[dataset].find(source - listing.datasets[dataset].first);
    const SourceFacts facts =
        known != kept[dataset].end() ? known->second : look_into(decoder, file_of(listing, source));
    share.push_back({source, to_json(facts)});
    if (each) each();
  }
  return share.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<SourceFacts> facts_from(const PrepareListing& listing, const std::vector<std::string>& shares) {
  std::vector<SourceFacts> facts(listing.sources.size());
  try {
    for (const std::string& share : shares) {
      for (const json& one : json::parse(share)) facts.at(one.at(0).get<std::size_t>()) = facts_from_json(one.at(1));
    }
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kFailed, std::string("the facts of the videos can't be read: ") + error.what());
  }
  return facts;
}

void keep_facts(const PreparePlan& plan) {
  const PrepareListing& listing = plan.listing;
  for (const PrepareDataset& dataset : listing.datasets) {
    json kept = json::array();
    for (std::size_t i = 0; !dataset.done && i < dataset.count; ++i) {
      if (is_probed(listing, dataset.first + i)) kept.push_back({i, to_json(plan.facts[dataset.first + i])});
    }
    if (kept.empty()) continue;
    const fs::path file = facts_file(listing, dataset);
    fs::create_directories(file.parent_path());
    write_file_durably(file, kept.dump(-1, ' ', false, json::error_handler_t::replace));
  }
}

}  // namespace unmask
