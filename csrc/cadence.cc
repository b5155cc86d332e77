#include "cadence.h"

#include <algorithm>
#include <cmath>

namespace kefu {
namespace {

// Steps of a cadence.
constexpr int64_t steps(int ms) { return ms / Cadence::kStepMs; }
// A window is called a tone where the tone fills 80 % of it: 50 ms of windows hold 30 ms less tone.
constexpr int64_t kUnseen = 1;
constexpr int kMostOthers = 4;  // between two tones of a cadence: their edges, a click
constexpr int kBridged = 2;     // a phase reversal of ANS, a lost frame

bool near(int64_t value, int64_t expected, int64_t tolerance) {
  return std::abs(value - expected) <= tolerance;
}

}  // namespace

const char* progress_name(Progress progress) {
  switch (progress) {
    case Progress::kNone:
      break;
    case Progress::kDial:
      return "dial";
    case Progress::kRingback:
      return "ringback";
    case Progress::kBusy:
      return "busy";
    case Progress::kCongestion:
      return "congestion";
    case Progress::kSpecial:
      return "special";
    case Progress::kFaxCalling:
      return "fax_calling";
    case Progress::kFaxAnswer:
      return "fax_answer";
  }
  return "";
}

Progress Cadence::step(LineTone tone) {
  ++now_;
  const bool is_tone = tone != LineTone::kOther && tone != LineTone::kQuiet;
  if (sounding_ && tone == current_.tone) {
    current_.end = now_;
    gap_ = 0;
    return lasting();
  }
  if (sounding_ && (is_tone || ++gap_ > kBridged)) {
    sounding_ = false;
    newest_ = (newest_ + 1) % kTones;
    runs_[newest_] = current_;
    run_count_ = std::min(run_count_ + 1, kTones);
    others_ = 0;
    const Progress progress = ended();
    if (progress != Progress::kNone) return progress;
  }
  if (is_tone) {
    if (others_ > kMostOthers) run_count_ = 0;
    current_ = {tone, now_ - kUnseen, now_};
    sounding_ = true;
    gap_ = 0;
    return Progress::kNone;
  }
  if (sounding_) return Progress::kNone;
  if (tone == LineTone::kOther) ++others_;
  return lasting();
}

// What is certain once a tone has ended.
Progress Cadence::ended() {
  if (run_count_ < kTones) return Progress::kNone;
  return told_once(regular());
}

Progress Cadence::regular() const {
  const Run& last = run(0);
  const bool single = last.tone == LineTone::kSingle;
  if (!single && last.tone != LineTone::kBusyPair) return Progress::kNone;
  const double period = static_cast<double>(last.start - run(kTones - 1).start) / (kTones - 1);
  for (size_t age = 0; age < kTones; ++age) {
    if (run(age).tone != last.tone) return Progress::kNone;
    const auto on = static_cast<double>(run(age).end - run(age).start + kUnseen);
    if (std::abs(on - period / 2) > 3.0) return Progress::kNone;
    if (age + 1 == kTones) break;
    const auto one = static_cast<double>(run(age).start - run(age + 1).start);
    if (std::abs(one - period) > 2.0) return Progress::kNone;
  }
  const double ms = period * kStepMs;
  if (ms > 440 && ms < 580) return Progress::kCongestion;
  if (single && ms > 620 && ms < 800) return Progress::kBusy;
  if (ms > 880 && ms < 1130) return Progress::kBusy;
  if (single && ms > 1250 && ms < 1560) return Progress::kCongestion;
  return Progress::kNone;
}

// What is certain while a tone or the pause behind it lasts.
Progress Cadence::lasting() {
  if (sounding_) {
    const int64_t length = current_.end - current_.start + kUnseen;
    switch (current_.tone) {
      case LineTone::kSingle:
      case LineTone::kDialPair:
        return length == steps(3000) ? told_once(Progress::kDial) : Progress::kNone;
      case LineTone::kFaxAnswer:
        return length == steps(1000) ? told_once(Progress::kFaxAnswer) : Progress::kNone;
      case LineTone::kHigh: {
        const bool before =
            run_count_ >= 2 && run(0).tone == LineTone::kMiddle && run(1).tone == LineTone::kLow &&
            current_.start - run(0).end <= steps(150) && run(0).start - run(1).end <= steps(150);
        return before && length == steps(200) ? told_once(Progress::kSpecial) : Progress::kNone;
      }
      default:
        return Progress::kNone;
    }
  }
  if (run_count_ == 0 || others_ > kMostOthers) return Progress::kNone;
  const int64_t length = run(0).end - run(0).start + kUnseen;
  const int64_t pause = now_ - run(0).end;
  if (run(0).tone == LineTone::kFaxCalling) {
    const bool fits = near(length, steps(500), steps(100)) && pause == steps(400);
    return fits ? told_once(Progress::kFaxCalling) : Progress::kNone;
  }
  const bool ring = run(0).tone == LineTone::kSingle || run(0).tone == LineTone::kRingPair;
  if (!ring || pause != steps(1500)) return Progress::kNone;
  const bool twice = run_count_ >= 2 && run(1).tone == run(0).tone &&
                     near(length, steps(400), steps(100)) &&
                     near(run(1).end - run(1).start + kUnseen, steps(400), steps(100)) &&
                     near(run(0).start - run(1).end, steps(200), steps(100));
  const bool once = length >= steps(700) && length <= steps(2400);
  return once || twice ? told_once(Progress::kRingback) : Progress::kNone;
}

// A tone that goes on is told once; again after 10 s, for whoever missed it.
Progress Cadence::told_once(Progress progress) {
  if (progress == Progress::kNone) return progress;
  if (progress == told_ && now_ - told_at_ < steps(10'000)) return Progress::kNone;
  told_ = progress;
  told_at_ = now_;
  return progress;
}

}  // namespace kefu
