#include "launch/commands/audit_command.h"

#include <set>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/number_text.h"
#include "data/audit/audit_stores.h"
#include "data/audit/stored_audit.h"
#include "dist/agreement.h"
#include "launch/rank_watch.h"
#include "launch/run/audit_runner.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

/// Beside each folder of stores. An audit doesn't fail for it: stores may be where nobody may write.
void keep_beside_stores(const std::vector<AuditStore>& stores, const std::string& json, Session& session) {
  std::set<std::filesystem::path> folders;
  for (const AuditStore& store : stores) folders.insert(store.stores());
  for (const std::filesystem::path& folder : folders) {
    try {
      session.note("kept in " + store_audit(folder, json).string());
    } catch (const Error& error) {
      session.note("not kept beside the stores: " + std::string(error.what()));
    }
  }
}

bool is_below(double limit, const AuditReport& report, Session& session) {
  const ShortcutProbe* strongest = report.strongest_shortcut();
  if (strongest == nullptr || limit == 1 || *strongest->auc < limit) return true;
  session.note("dataset " + strongest->dataset + ": " + strongest->group + " tells real from fake with an AUC of " +
               fixed_text(*strongest->auc, 3) + ", --shortcut-limit is " + number_text(limit));
  return false;
}

int run(const ParsedOptions& parsed, Session& session) {
  const auto json_file = text_of(parsed, "json");
  const auto limit = parsed["shortcut-limit"].as<double>();
  if (!(limit >= 0.5 && limit <= 1)) throw Error(ErrorKind::kUsage, "--shortcut-limit must be in [0.5, 1]");
  RankWatch watch(session, parsed["timeout"].as<double>());
  // Rank zero looks first, so that a missing store is one message.
  session.on_root([&] {
    if (json_file) require_writable(*json_file);
    find_audit_stores(texts_of(parsed, "STORE"));
    return std::string();
  });
  std::vector<AuditStore> stores;
  agree(session.world(), "audit", [&] { stores = find_audit_stores(texts_of(parsed, "STORE")); });
  const AuditReport report = run_audit(stores, parsed.count("no-crops") == 0, session, watch);
  const std::string is_clean = session.on_root([&] {
    session.print(audit_text(report));
    const std::string json = audit_json(report);
    if (json_file) write_file_durably(*json_file, json);
    keep_beside_stores(stores, json, session);
    return report.findings().empty() && is_below(limit, report, session) ? std::string("clean") : std::string();
  });
  watch.close();
  return is_clean.empty() ? static_cast<int>(ErrorKind::kData) : 0;
}

}  // namespace

Command audit_command() {
  Command command;
  command.name = "audit";
  command.summary = "looks for leaks, copies and shortcuts in prepared crops";
  command.usage = "STORE... [--json FILE] [--no-crops] [--shortcut-limit X]";
  command.examples =
      "  unmask audit stores                                    all splits of all datasets in it\n"
      "  unmask audit stores/base --json audit.json\n"
      "  mpirun -n 4 unmask audit stores/base/train.crops stores/augment/val.crops\n";
  command.notes =
      R"(STORE is a file <dataset>/<split>.crops, a dataset's folder, or a folder of datasets.
Found are: videos and people (as target or source) in two splits of a dataset, or in different splits of two datasets;
videos with two labels, crops with equal pixels and two labels; crops that are copies of each other, re-encoded,
resized or mirrored, in different splits, or with two labels where they aren't known to show one person.
Shortcuts: how well features that know nothing of fakes tell the labels of a dataset's videos (cross-validated AUC).
Exit code 0: nothing was found, 3: something was, or a shortcut reaches --shortcut-limit.
The audit is kept in STORES/audits, and a training on the same stores tells what it found.
)";
  command.uses_mpi = true;
  command.positional = {"STORE"};
  command.last_repeats = true;
  auto option = command.options.add_options();
  option("json", po::value<std::string>(), "write all that was found as JSON");
  option("no-crops", "names, labels and counts alone: no crop is read");
  option("shortcut-limit", po::value<double>()->default_value(1, "1"), "exit code 3 where a shortcut's AUC reaches it");
  option("timeout", po::value<double>()->default_value(60), "seconds of a rank's silence after which the job ends");
  command.run = run;
  return command;
}

}  // namespace unmask
