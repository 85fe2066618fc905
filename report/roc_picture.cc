#include "report/roc_picture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/number_text.h"
#include "report/canvas.h"

namespace unmask {
namespace {

constexpr int kSide = 280, kLeft = 52, kTop = 38, kAxis = 40, kLine = 18;
constexpr double kSmall = 0.4, kMedium = 0.5;

cv::Point place_of(const RocPoint& rates) {
  return {kLeft + static_cast<int>(std::lround(rates.false_positives * kSide)),
          kTop + kSide - static_cast<int>(std::lround(rates.true_positives * kSide))};
}

void draw_axes(Canvas& canvas) {
  for (const double rate : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const auto line = [&](RocPoint from, RocPoint to) {
      canvas.line(std::array{place_of(from), place_of(to)}, ink::kLight, 1);
    };
    line({rate, 0}, {rate, 1});
    line({0, rate}, {1, rate});
    const cv::Point x = place_of({rate, 0}), y = place_of({0, rate});
    canvas.text({x.x - 8, x.y + 15}, fixed_text(rate, 2), kSmall - 0.05, 40, ink::kGrey);
    canvas.text({y.x - 32, y.y + 4}, fixed_text(rate, 2), kSmall - 0.05, 40, ink::kGrey);
  }
  canvas.line(std::array{place_of({0, 0}), place_of({1, 1})}, ink::kGrey, 1);
  canvas.text({kLeft, kTop + kSide + 32}, "reals called fake, against fakes called fake", kSmall, kSide, ink::kGrey);
}

}  // namespace

RocLine roc_line(const std::string& dataset, std::span<const Scored> scores) {
  RocLine line{dataset, {}, detection_metrics(scores).auc};
  if (!line.auc) return line;
  std::vector<Scored> ranked(scores.begin(), scores.end());
  std::ranges::sort(ranked, std::ranges::greater(), &Scored::score);
  const auto fakes = static_cast<double>(std::ranges::count(ranked, 1, &Scored::label));
  const double reals = static_cast<double>(ranked.size()) - fakes;
  RocPoint counts;
  line.points.push_back(counts);
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    (ranked[i].label != 0 ? counts.true_positives : counts.false_positives) += 1;
    if (i + 1 < ranked.size() && ranked[i + 1].score == ranked[i].score) continue;
    line.points.push_back({counts.false_positives / reals, counts.true_positives / fakes});
  }
  return line;
}

std::string roc_picture(const std::string& title, std::span<const RocLine> lines) {
  const std::array colours = {ink::kBlue, ink::kVermilion, ink::kGreen, ink::kPurple, ink::kOrange, ink::kSky};
  const int width = kLeft + kSide + 26;
  Canvas canvas(width, kTop + kSide + kAxis + kLine * static_cast<int>(lines.size()) + 8);
  canvas.text({14, 22}, title, kMedium, width - 28);
  draw_axes(canvas);
  int y = kTop + kSide + kAxis + 12;
  for (std::size_t i = 0; i < lines.size(); ++i, y += kLine) {
    const cv::Scalar& colour = colours[i % colours.size()];
    std::vector<cv::Point> places;
    for (const RocPoint& point : lines[i].points) places.push_back(place_of(point));
    places.erase(std::unique(places.begin(), places.end()), places.end());
    canvas.line(places, colour, 2);
    canvas.box({kLeft, y - 6, 16, 4}, colour);
    const std::string auc = lines[i].auc ? "AUC " + fixed_text(*lines[i].auc, 3) : "no AUC: one class";
    canvas.text({kLeft + 24, y}, auc + "  " + lines[i].dataset, kSmall, kSide - 24);
  }
  return canvas.png();
}

}  // namespace unmask
