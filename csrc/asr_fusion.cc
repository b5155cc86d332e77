// 1. Hypotheses sorted once, tokens numbered once: alignment and vote are then over numbers, and
//    strings are touched again only to write the result.
#include "asr_fusion.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "argument.h"
#include "asr_evidence.h"
#include "intern.h"
#include "tokens.h"

namespace kefu {
namespace {

constexpr double kMostWeight = 1e6;

// A reading made ready, its tokens folded one after the other.
struct Prepared {
  size_t engine;
  std::string_view text;
  std::vector<Token> tokens;
  std::vector<double> confidences;  // calibrated, one a token
  std::string folded;
  std::vector<uint32_t> folded_ends;
  double weight;
  double share;
  double sure;  // mean of the confidences
};

std::vector<double> confidences_of(const Reading& reading, size_t tokens,
                                   const Calibration& calibration) {
  const std::vector<double>& given = reading.confidences;
  for (const double one : given) checked("confidences", one, 0.0, 1.0);
  if (given.size() != tokens && given.size() != 1) {
    refuse("confidences", std::to_string(given.size()) + " values",
           "1 or " + std::to_string(tokens));
  }
  std::vector<double> result(tokens);
  for (size_t i = 0; i < tokens; ++i) result[i] = calibration(given[given.size() == 1 ? 0 : i]);
  return result;
}

Prepared prepared(const Reading& reading, size_t engine, const EngineReadings& from, double sum) {
  Prepared one;
  one.engine = engine;
  one.text = reading.text;
  one.tokens = tokenize(reading.text);
  one.confidences = confidences_of(reading, one.tokens.size(), from.calibration);
  for (const Token& token : one.tokens) {
    append_folded(reading.text, token, one.folded);
    one.folded_ends.push_back(static_cast<uint32_t>(one.folded.size()));
  }
  one.weight = from.weight;
  one.share = from.weight * (reading.posterior / sum);
  double total = 0.0;
  for (const double confidence : one.confidences) total += confidence;
  one.sure = one.tokens.empty() ? 0.0 : total / static_cast<double>(one.tokens.size());
  return one;
}

bool earlier(const Prepared& a, const Prepared& b) {
  return std::make_tuple(-a.weight, -a.share, -a.sure, std::cref(a.folded), a.text,
                         std::cref(a.confidences)) < std::make_tuple(-b.weight, -b.share, -b.sure,
                                                                     std::cref(b.folded), b.text,
                                                                     std::cref(b.confidences));
}

std::vector<Prepared> ordered(const std::vector<EngineReadings>& engines) {
  size_t count = 0;
  double weights = 0.0;
  for (const EngineReadings& engine : engines) {
    checked("weights", engine.weight, 0.0, kMostWeight);
    count += engine.readings.size();
    if (!engine.readings.empty()) weights += engine.weight;
  }
  if (count > kMostHypotheses) {
    refuse("hypotheses", count, "at most " + std::to_string(kMostHypotheses));
  }
  if (count > 0 && !(weights > 0.0)) {
    refuse("weights", "a sum of 0", "more");
  }
  std::vector<Prepared> all;
  all.reserve(count);
  for (size_t engine = 0; engine < engines.size(); ++engine) {
    double sum = 0.0;
    for (const Reading& reading : engines[engine].readings) {
      checked("posterior", reading.posterior, 0.0, kMostWeight);
      sum += reading.posterior;
    }
    if (!engines[engine].readings.empty() && !(sum > 0.0)) {
      refuse("posterior", "a sum of 0", "more");
    }
    for (const Reading& reading : engines[engine].readings) {
      all.push_back(prepared(reading, engine, engines[engine], sum));
      all.back().share /= weights;
    }
  }
  std::sort(all.begin(), all.end(), earlier);
  return all;
}

// The tokens of all readings in one row, numbered.
struct Row {
  explicit Row(const std::vector<Prepared>& readings) {
    starts.push_back(0);
    for (const Prepared& one : readings) starts.push_back(starts.back() + one.tokens.size());
    if (starts.back() > kMostNetworkTokens) {
      refuse("tokens", starts.back(), "at most " + std::to_string(kMostNetworkTokens));
    }
    symbols.reserve(starts.back());
    Intern<std::string_view> intern(starts.back());
    const std::hash<std::string_view> hash;
    for (size_t h = 0; h < readings.size(); ++h) {
      uint32_t begin = 0;
      for (size_t i = 0; i < readings[h].tokens.size(); ++i) {
        const uint32_t end = readings[h].folded_ends[i];
        const auto folded = std::string_view(readings[h].folded).substr(begin, end - begin);
        symbols.push_back(intern.number(folded, hash(folded), std::equal_to<>()));
        confidences.push_back(readings[h].confidences[i]);
        reading.push_back(h);
        begin = end;
      }
      shares.push_back(readings[h].share);
    }
    kinds = intern.size();
  }

  Symbols of(size_t h) const { return {symbols.data() + starts[h], starts[h + 1] - starts[h]}; }

  std::vector<size_t> starts;
  std::vector<int32_t> symbols;
  std::vector<double> confidences;
  std::vector<double> shares;
  std::vector<size_t> reading;  // of each token
  size_t kinds = 0;
};

// What stands between two tokens, spaces made one, and none where no word is beside them.
std::string between(std::string_view gap, bool words) {
  std::string kept;
  for (size_t at = 0; at < gap.size(); ++at) {
    const char byte = gap[at];
    const bool space = byte == ' ' || (byte >= '\t' && byte <= '\r') || byte == '\0';
    const bool wide = gap.substr(at, 3) == "\xE3\x80\x80";  // U+3000
    if (!space && !wide) {
      kept += byte;
    } else if (words && (kept.empty() || kept.back() != ' ')) {
      kept += ' ';
    }
    if (wide) at += 2;
  }
  return kept;
}

struct Chosen {
  size_t place;  // in Row
  size_t reading;
  Token token;
};

// Whether a space stands between tokens that no reading has next to each other: between words, and
// where a word has one on that side.
bool parted(const Chosen& before, const Chosen& after, const std::vector<Prepared>& readings) {
  if (before.token.word && after.token.word) return true;
  const std::string_view left = readings[before.reading].text;
  const std::string_view right = readings[after.reading].text;
  if (before.token.word) return before.token.end < left.size() && left[before.token.end] == ' ';
  return after.token.word && after.token.begin > 0 && right[after.token.begin - 1] == ' ';
}

void write(const std::vector<Prepared>& readings, const std::vector<Chosen>& chosen, const Row& row,
           std::string& text) {
  const Chosen* before = nullptr;
  for (const Chosen& one : chosen) {
    const std::string_view from = readings[one.reading].text;
    const bool first = one.place == row.starts[one.reading];
    if (before == nullptr) {
      if (first) text += between(from.substr(0, one.token.begin), false);
    } else if (before->reading == one.reading && before->place + 1 == one.place) {
      text += between(from.substr(before->token.end, one.token.begin - before->token.end),
                      before->token.word || one.token.word);
    } else if (parted(*before, one, readings)) {
      text += ' ';
    }
    text += from.substr(one.token.begin, one.token.end - one.token.begin);
    before = &one;
  }
  if (before != nullptr && before->place + 1 == row.starts[before->reading + 1]) {
    text += between(readings[before->reading].text.substr(before->token.end), false);
  }
}

double least_agreement(const std::vector<EngineReadings>& engines,
                       const std::vector<Prepared>& readings, const Row& row) {
  std::vector<size_t> bests;  // of each engine, as it was given
  for (size_t engine = 0; engine < engines.size(); ++engine) {
    if (engines[engine].readings.empty()) continue;
    const std::string_view best = engines[engine].readings.front().text;
    const auto is_best = [&](const Prepared& one) {
      return one.engine == engine && one.text == best;
    };
    const auto at = std::find_if(readings.begin(), readings.end(), is_best);
    bests.push_back(static_cast<size_t>(at - readings.begin()));
  }
  double least = 1.0;
  for (size_t i = 0; i < bests.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      least = std::min(least, agreement(row.of(bests[i]), row.of(bests[j]), row.kinds));
    }
  }
  return least;
}

}  // namespace

FusedText fuse_readings(const std::vector<EngineReadings>& engines, const FusionRule& rule) {
  checked("alpha", rule.voting.alpha, 0.0, 1.0);
  checked("null_confidence", rule.voting.null_confidence, 0.0, 1.0);
  if (engines.size() > kMostEngines) {
    refuse("engines", engines.size(), "at most " + std::to_string(kMostEngines));
  }
  const std::vector<Prepared> readings = ordered(engines);
  FusedText fused;
  if (readings.empty()) return fused;
  const Row row(readings);
  const ConfusionNetwork network =
      confusion_network(row.symbols.data(), row.starts, row.kinds, rule.costs);
  fused.slots = network.slots();
  std::vector<Chosen> chosen;
  std::vector<int32_t> said;
  size_t slot = 0;
  for (const Choice& choice :
       vote(network, row.symbols, row.confidences, row.shares, rule.voting)) {
    const int32_t* const places = network.places.data() + slot++ * network.hypotheses;
    fused.contested += contested(places, network.hypotheses, row.symbols.data()) ? 1 : 0;
    if (choice.token < 0) continue;
    const auto place = static_cast<size_t>(choice.token);
    const size_t h = row.reading[place];
    const Token token = readings[h].tokens[place - row.starts[h]];
    chosen.push_back({place, h, token});
    said.push_back(row.symbols[place]);
    fused.characters += token.characters;
    fused.tokens.push_back(
        {std::string(readings[h].text.substr(token.begin, token.end - token.begin)),
         rule.calibration(choice.confidence), readings[h].engine});
    fused.confidence += fused.tokens.back().confidence;
  }
  if (!chosen.empty()) fused.confidence /= static_cast<double>(chosen.size());
  write(readings, chosen, row, fused.text);
  fused.agreement = least_agreement(engines, readings, row);
  fused.repeated_twice = longest_repeat({said.data(), said.size()}, 2);
  fused.repeated_thrice = longest_repeat({said.data(), said.size()}, 3);
  return fused;
}

}  // namespace kefu
