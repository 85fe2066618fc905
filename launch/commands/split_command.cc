#include "launch/commands/split_command.h"

#include "base/error.h"
#include "data/split/split_stores.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

/// A share that was given and would do nothing.
void refuse_idle_shares(const ParsedOptions& parsed, SplitBy by) {
  for (const std::string share : {"val", "test"}) {
    if (by != SplitBy::kPublished || parsed[share].defaulted()) continue;
    throw Error(ErrorKind::kUsage, "--" + share +
                                       " has no meaning with --by published, which takes the split that the " +
                                       "layout said; leave it out");
  }
}

int run(const ParsedOptions& parsed, Session& session) {
  if (parsed.count("by") == 0) {
    throw Error(ErrorKind::kUsage, "--by is missing: " + one_of(all_words<SplitBy>()));
  }
  SplitOptions options;
  options.by = word_of<SplitBy>(parsed, "by");
  refuse_idle_shares(parsed, options.by);
  options.val = parsed["val"].as<double>();
  options.test = parsed["test"].as<double>();
  options.calibration = parsed["calibration"].as<double>();
  const auto seed = parsed["seed"].as<long long>();
  if (seed < 0) throw Error(ErrorKind::kUsage, "--seed must be >= 0");
  options.seed = static_cast<std::uint64_t>(seed);
  options.leave_out_crossing = parsed.count("leave-out-crossing") > 0;
  const SplitReport report = split_stores(parsed["STORES"].as<std::string>(), texts_of(parsed, "dataset"), options);
  for (const std::string& line : report.said) session.note(line);
  session.print(report.table);
  return 0;
}

}  // namespace

Command split_command() {
  Command command;
  command.name = "split";
  command.summary = "splits prepared crops anew, without detecting a face again";
  command.usage =
      "STORES --by official|published|identity|video [--val X] [--test X] [--calibration X] [--seed N] "
      "[--dataset NAME]...";
  command.examples =
      "  unmask split stores --by identity --val 0.1 --test 0.1 --calibration 0.05 --seed 1\n"
      "  unmask split stores --by official --dataset base\n"
      "  unmask split stores --by published                back to what the layout said\n";
  command.notes =
      "official: FaceForensics++ by its pairs, DFDC by part, Celeb-DF by its test list. identity: nobody, as target "
      "or\n"
      "source, is in two splits. video: by whole videos. Calibration comes out of train, by identity. Equal stores, "
      "shares\nand seed give equal bytes. docs/dataset_layouts.md tells more.\n";
  command.positional = {"STORES"};
  command.options.add_options()("by", po::value<std::string>(), "official, published, identity or video")(
      "val", po::value<double>()->default_value(0.1, "0.1"), "share of the videos")(
      "test", po::value<double>()->default_value(0.1, "0.1"), "share of the videos")(
      "calibration", po::value<double>()->default_value(0, "0"), "share of the videos, out of train")(
      "seed", po::value<long long>()->default_value(0), "of the draws")(
      "dataset", po::value<std::vector<std::string>>()->composing(), "only this one; may be repeated")(
      "leave-out-crossing", "leave out fakes whose target and source are on two sides, and bind nobody by them");
  command.run = run;
  return command;
}

}  // namespace unmask
