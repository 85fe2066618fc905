// Writes the pages that page_test.py opens: report_page_samples FOLDER
#include <filesystem>
#include <string>

#include "base/durable_file.h"
#include "report/report_page.h"
#include "tests/report/reported_run.h"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  using namespace unmask;
  const std::filesystem::path folder = arguments[1];
  for (const int trials : {0, 1, 3, 140, 2000}) {
    const std::string json = report_json(test_support::reported_run(trials, trials == 140 ? 2 : 1));
    write_file_durably(folder / ("trials-" + std::to_string(trials) + ".html"), report_page(json));
  }
  const std::vector<std::string> names = test_support::hostile_names();
  ReportedRun run = test_support::reported_run(static_cast<int>(names.size()));
  run.sweep.space.push_back({"<b>key</b>", SpaceKey::Kind::kChoice, names, 0, 0, "", {}});
  run.val = {"<i>base</i>", "augment"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    run.trials[i].record.reason = names[i];
    run.trials[i].record.point.emplace_back("<b>key</b>", names[i]);
    run.trials[i].brief.train = {names[i]};
    for (EpochRow& row : run.trials[i].record.history) row.val[0].dataset = run.val[0];
    run.leases[i].lease.host = names[i];
  }
  run.name = names[1];
  run.notes = names[2];
  run.tags = names;
  write_file_durably(folder / "hostile.html", report_page(report_json(run)));
}
