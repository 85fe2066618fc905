#include "data/split/split_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/number_text.h"
#include "data/printable.h"
#include "data/split/official_pairs.h"
#include "data/split/video_deal.h"

namespace unmask {
namespace {

using Videos = std::vector<std::size_t>;  // numbers of videos

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

class Planner {
 public:
  Planner(const std::string& dataset, std::span<const SplitVideo> videos, const SplitOptions& options)
      : dataset_(dataset), videos_(videos), options_(options) {
    plan_.splits.resize(videos.size());
  }

  SplitPlan plan() {
    Videos all;
    for (std::size_t i = 0; i < videos_.size(); ++i) all.push_back(i);
    switch (options_.by) {
      case SplitBy::kPublished:
        for (const std::size_t i : all) plan_.splits[i] = videos_[i].published;
        break;
      case SplitBy::kOfficial: by_collection(all); break;
      case SplitBy::kIdentity: deal(deal_by_identity, all, shares()); break;
      case SplitBy::kVideo: deal(deal_by_video, all, shares()); break;
    }
    take_calibration();
    refuse_empty();
    say_what_lacks();
    return std::move(plan_);
  }

 private:
  const SplitVideo& video(std::size_t i) const { return videos_[i]; }
  /// In the order of the cut: val stands between test and train (data/split/video_chains.h).
  std::vector<SplitShare> shares() const { return {{options_.test, Split::kTest}, {options_.val, Split::kVal}}; }
  void say(const std::string& line) { plan_.said.push_back("dataset " + dataset_ + ": " + line); }

  /// The videos of `of` go where `by` says.
  template <typename Deal>
  void deal(Deal&& by, const Videos& of, const std::vector<SplitShare>& shares) {
    std::vector<const SplitVideo*> chosen;
    for (const std::size_t i : of) chosen.push_back(&video(i));
    const DealtVideos dealt = by(chosen, shares, options_);
    for (std::size_t i = 0; i < of.size(); ++i) plan_.splits[of[i]] = dealt.splits[i];
    largest_chain_ = std::max(largest_chain_, dealt.largest_chain);
    crossing_ += dealt.crossing;
  }

  void by_collection(const Videos& all) {
    std::map<Collection, Videos> of;
    for (const std::size_t i : all) of[collection_of(video(i), dataset_)].push_back(i);
    if (const auto unknown = of.find(Collection::kUnknown); unknown != of.end()) refuse_unknown(unknown->second);
    official_faceforensics(of[Collection::kFaceForensics]);
    official_dfdc(of[Collection::kDfdc]);
    official_celeb_df(of[Collection::kCelebDf]);
    if (const Videos& actors = of[Collection::kDeepFakeDetection]; !actors.empty()) {
      say("DeepFakeDetection has no official split: its actors are split by identity");
      deal(deal_by_identity, actors, shares());
    }
  }

  void official_faceforensics(const Videos& of) {
    std::size_t crossing = 0;
    for (const std::size_t i : of) {
      const auto target = official_split(video(i).target_identity), source = official_split(video(i).source_identity);
      const bool crosses = source && source != target;
      crossing += crosses;
      plan_.splits[i] = crosses ? std::nullopt : target;
    }
    if (crossing > 0) say(counted(crossing, "fake") + " left out: target and source are in two official splits");
  }

  void official_dfdc(const Videos& of) {
    if (of.empty()) return;
    for (const std::size_t i : of) {
      const int part = *dfdc_part(video(i));
      plan_.splits[i] = part < 35 ? Split::kTrain : part < 40 ? Split::kVal : Split::kTest;
    }
    say("DFDC is split by its parts: 0 to 34 train, 35 to 39 val, 40 to 49 test; it doesn't say who is seen, so actors "
        "may recur in two splits");
  }

  void official_celeb_df(const Videos& of) {
    Videos rest;
    std::set<std::string> tested;
    for (const std::size_t i : of) {
      if (video(i).published == Split::kTest) {
        plan_.splits[i] = Split::kTest;
        tested.insert({video(i).target_identity, video(i).source_identity});
      } else {
        rest.push_back(i);
      }
    }
    if (of.empty()) return;
    deal(deal_by_identity, rest, {{options_.val, Split::kVal}});
    tested.erase("");
    const auto recurs = std::ranges::count_if(rest, [&](std::size_t i) {
      return tested.contains(video(i).target_identity) || tested.contains(video(i).source_identity);
    });
    say("Celeb-DF: test is its official list, val is split off the rest by identity" +
        (recurs > 0 ? "; " + counted(static_cast<std::size_t>(recurs), "other video") +
                          " show people of the test list, as the official split has it: --by identity keeps them apart"
                    : ""));
  }

  [[noreturn]] void refuse_unknown(const Videos& of) const {
    throw Error(ErrorKind::kData,
                "dataset " + dataset_ + ": no official split is known for " + counted(of.size(), "video") +
                    ", the first is " + printable(video(of.front()).video) + " (" +
                    printable(video(of.front()).method) +
                    "); known are those of FaceForensics++ (videos 000 to 999), DFDC (folders dfdc_train_part_N) and "
                    "Celeb-DF; use --by identity or --by published");
  }

  /// In every mode by identity, and of train alone.
  void take_calibration() {
    if (options_.calibration == 0) return;
    Videos train;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < videos_.size(); ++i) {
      if (plan_.splits[i] == Split::kTrain) train.push_back(i);
      kept += plan_.splits[i].has_value();
    }
    if (train.empty()) return;
    const double share = options_.calibration * static_cast<double>(kept) / static_cast<double>(train.size());
    deal(deal_by_identity, train, {{std::min(share, 1.0), Split::kCalibration}});
  }

  bool is_asked(Split split) const {
    const bool shares_apply = options_.by == SplitBy::kIdentity || options_.by == SplitBy::kVideo;
    switch (split) {
      case Split::kTrain: return options_.by != SplitBy::kPublished || options_.calibration > 0;
      case Split::kVal: return options_.by == SplitBy::kOfficial || (shares_apply && options_.val > 0);
      case Split::kTest: return options_.by == SplitBy::kOfficial || (shares_apply && options_.test > 0);
      case Split::kCalibration: return options_.calibration > 0;
    }
    return false;
  }

  void refuse_empty() const {
    for (const auto& [word, split] : words_of(Split())) {
      std::int64_t crops = 0;
      for (std::size_t i = 0; i < videos_.size(); ++i) crops += plan_.splits[i] == split ? video(i).crops : 0;
      if (crops > 0 || !is_asked(split)) continue;
      std::string text = "dataset " + dataset_ + ": split " + std::string(word) + " would hold no crop of its " +
                         counted(videos_.size(), "video");
      if (largest_chain_ > 1) {
        text += "; " + std::to_string(largest_chain_) + " of them hang together, target to source to target";
      }
      text += "; ask for a larger share";
      if (options_.by == SplitBy::kOfficial) text += ", or split --by identity";
      if (largest_chain_ > 1 && !options_.leave_out_crossing) {
        text += ", or leave out the fakes that cross with --leave-out-crossing";
      }
      throw Error(ErrorKind::kUsage, text);
    }
  }

  void say_what_lacks() {
    if (crossing_ > 0) {
      say(counted(crossing_, "fake") + " left out: target and source are on two sides of the split");
    }
    bool has_calibration = false;
    for (const auto& [word, split] : words_of(Split())) {
      std::int64_t crops[2] = {};
      for (std::size_t i = 0; i < videos_.size(); ++i) {
        if (plan_.splits[i] == split) crops[video(i).label != 0] += video(i).crops;
      }
      has_calibration |= split == Split::kCalibration && crops[0] + crops[1] > 0;
      if ((crops[0] == 0) == (crops[1] == 0)) continue;
      say("split " + std::string(word) + " is all " + (crops[0] == 0 ? "fake" : "real") + ": no AUC can be had of it");
    }
    if (!has_calibration) say("no calibration split: val, also selected on");
  }

  const std::string& dataset_;
  std::span<const SplitVideo> videos_;
  const SplitOptions& options_;
  std::size_t largest_chain_ = 0, crossing_ = 0;
  SplitPlan plan_;
};

}  // namespace

SplitPlan plan_split(const std::string& dataset, std::span<const SplitVideo> videos, const SplitOptions& options) {
  return Planner(dataset, videos, options).plan();
}

}  // namespace unmask
