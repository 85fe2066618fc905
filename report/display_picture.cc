#include "report/display_picture.h"

#include <algorithm>

#include "base/number_text.h"
#include "report/canvas.h"

namespace unmask {
namespace {

constexpr int kCrop = 96, kFrame = 4, kCell = kCrop + 2 * kFrame, kGap = 10, kMargin = 14, kLeastColumns = 3;
constexpr int kLine = 15, kTitle = 54, kBlockTitle = 26, kRowTitle = 20, kRow = kCell + 3 * kLine + 10;
constexpr double kSmall = 0.37, kMedium = 0.5, kLarge = 0.6;

void draw_cell(Canvas& canvas, cv::Point at, const DisplayCell& cell) {
  const bool fake = cell.label != 0, wrong = fake != (cell.score > 0.5);
  const cv::Scalar& colour = fake ? ink::kFake : ink::kReal;
  canvas.box({at.x, at.y, kCell, kCell}, colour);
  canvas.crop({at.x + kFrame, at.y + kFrame, kCrop, kCrop}, cell.px, cell.rgb);
  int x = canvas.text({at.x, at.y + kCell + kLine - 1}, fake ? "fake" : "real", kSmall, kCell, colour) + 4;
  x = canvas.text({x, at.y + kCell + kLine - 1}, fixed_text(cell.score, 3), kSmall, kCell) + 4;
  if (wrong) canvas.text({x, at.y + kCell + kLine - 1}, "wrong", kSmall, at.x + kCell - x);
  canvas.text({at.x, at.y + kCell + 2 * kLine - 1}, cell.method, kSmall, kCell, ink::kGrey);
  canvas.text({at.x, at.y + kCell + 3 * kLine - 1}, cell.name, kSmall, kCell, ink::kGrey);
}

void draw_title(Canvas& canvas, const std::string& title, int right) {
  constexpr int kBaseLine = 44;
  canvas.text({kMargin, 24}, title, kLarge, right - kMargin);
  int x = kMargin;
  for (const bool fake : {false, true}) {
    canvas.box({x, kBaseLine - 10, 11, 11}, fake ? ink::kFake : ink::kReal);
    x = canvas.text({x + 16, kBaseLine}, fake ? "fake" : "real", kSmall, 60) + 14;
  }
  canvas.text({x, kBaseLine}, "score: 1 = fake", kSmall, right - x, ink::kGrey);
}

}  // namespace

std::string display_picture(const std::string& title, std::span<const DisplayBlock> blocks) {
  std::size_t columns = kLeastColumns;
  int height = kTitle + kMargin;
  for (const DisplayBlock& block : blocks) {
    height += kBlockTitle;
    for (const DisplayBlock::Row& row : block.rows) {
      height += kRowTitle + kRow;
      columns = std::max(columns, row.cells.size());
    }
  }
  const int width = 2 * kMargin + static_cast<int>(columns) * (kCell + kGap) - kGap;
  Canvas canvas(width, height);
  draw_title(canvas, title, width - kMargin);
  int y = kTitle;
  for (const DisplayBlock& block : blocks) {
    canvas.box({kMargin, y + 2, width - 2 * kMargin, 1}, ink::kLight);
    canvas.text({kMargin, y + kBlockTitle - 6}, block.title, kMedium, width - 2 * kMargin);
    y += kBlockTitle;
    for (const DisplayBlock::Row& row : block.rows) {
      canvas.text({kMargin, y + kRowTitle - 7}, row.title, kSmall, width - 2 * kMargin, ink::kGrey);
      y += kRowTitle;
      for (std::size_t i = 0; i < row.cells.size(); ++i)
        draw_cell(canvas, {kMargin + static_cast<int>(i) * (kCell + kGap), y}, row.cells[i]);
      y += kRow;
    }
  }
  return canvas.png();
}

}  // namespace unmask
