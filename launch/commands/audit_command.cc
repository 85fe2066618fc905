#include "launch/commands/audit_command.h"

#include <set>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/audit/audit_report.h"
#include "data/audit/audit_stores.h"
#include "data/audit/stored_audit.h"

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

int run(const ParsedOptions& parsed, Session& session) {
  const auto json_file = text_of(parsed, "json");
  if (json_file) require_writable(*json_file);
  const std::vector<AuditStore> stores = find_audit_stores(texts_of(parsed, "STORE"));
  std::vector<SplitCensus> splits;
  for (const AuditStore& store : stores) splits.push_back(take_census(store.file, store.dataset, store.split));
  const AuditReport report = audit_names(std::move(splits));
  session.print(audit_text(report));
  const std::string json = audit_json(report);
  if (json_file) write_file_durably(*json_file, json);
  keep_beside_stores(stores, json, session);
  return report.findings().empty() ? 0 : static_cast<int>(ErrorKind::kData);
}

}  // namespace

Command audit_command() {
  Command command;
  command.name = "audit";
  command.summary = "looks for leaks between splits of prepared crops";
  command.usage = "STORE... [--json FILE]";
  command.examples =
      "  unmask audit stores                                    all splits of all datasets in it\n"
      "  unmask audit stores/base --json audit.json\n"
      "  unmask audit stores/base/train.crops stores/augment/val.crops\n";
  command.notes =
      R"(STORE is a file <dataset>/<split>.crops, a dataset's folder, or a folder of datasets.
Found are: videos and people (as target or source) in two splits of a dataset, or in different splits of two datasets;
videos with two labels; crops with equal pixels and two labels. Exit code 0: nothing was found, 3: something was.
The audit is kept in STORES/audits, and a training on the same stores tells what it found.
)";
  command.positional = {"STORE"};
  command.last_repeats = true;
  auto option = command.options.add_options();
  option("json", po::value<std::string>(), "write all that was found as JSON");
  command.run = run;
  return command;
}

}  // namespace unmask
