#include "model/score/latex_table.h"

#include "base/number_text.h"

namespace unmask {
namespace {

std::string escaped(const std::string& name) {
  std::string text;
  for (const char c : name) {
    switch (c) {
      case '\\': text += "\\textbackslash{}"; break;
      case '~': text += "\\textasciitilde{}"; break;
      case '^': text += "\\textasciicircum{}"; break;
      case '_':
      case '%':
      case '&':
      case '#':
      case '$':
      case '{':
      case '}': text += '\\'; [[fallthrough]];
      default: text += c;
    }
  }
  return text;
}

std::string per_cent(const std::optional<double>& value) { return value ? fixed_text(100 * *value, 1) : "--"; }

}  // namespace

std::string latex_table(const std::vector<EvaluationRow>& rows) {
  std::string text =
      "% By video, in per cent; intervals of 95% from a bootstrap over clusters of videos that share no person.\n"
      "\\begin{tabular}{lllrrlrrrr}\n\\toprule\n"
      "Dataset & Split & Group & Videos & Clusters & AUC & EER & AP & TPR@1\\% & TPR@5\\% \\\\\n\\midrule\n";
  for (const EvaluationRow& row : rows) {
    const auto& interval = row.video_intervals.auc;
    text += escaped(row.dataset) + " & " + escaped(row.split) + " & " + escaped(row.group) + " & " +
            std::to_string(row.videos_scored) + " & " + std::to_string(row.clusters) + " & " +
            per_cent(row.by_video.auc) +
            (interval ? " [" + per_cent(interval->low) + ", " + per_cent(interval->high) + "]" : "") + " & " +
            per_cent(row.by_video.eer) + " & " + per_cent(row.by_video.average_precision) + " & " +
            per_cent(row.by_video.tpr_at_fpr_1) + " & " + per_cent(row.by_video.tpr_at_fpr_5) + " \\\\\n";
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace unmask
