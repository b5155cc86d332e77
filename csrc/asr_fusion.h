// One text out of what several recognisers heard of one utterance, with what each is worth.
//
// Tokens (`tokens.h`) of all hypotheses are aligned (`confusion_network.h`) and voted slot by slot
// (`voting.h`): share = engine's weight × hypothesis' posterior. Pure: all weights are arguments,
// nothing is remembered. The order of the engines does not matter: hypotheses are taken by the
// engine's weight, then share, then confidence, then their tokens; the first is the skeleton.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "calibration.h"
#include "confusion_network.h"
#include "voting.h"

namespace kefu {

constexpr size_t kMostEngines = 16;

// One hypothesis.
struct Reading {
  std::string_view text;  // UTF-8
  double posterior;       // 0 or more; those of an engine are made to sum to 1
  // Each 0..1: one for the whole, or one a token.
  std::vector<double> confidences;
};

struct EngineReadings {
  double weight;  // 0 or more; made to sum to 1 over the engines that heard something
  Calibration calibration;
  std::vector<Reading> readings;  // best first; none: the engine did not answer
};

struct FusionRule {
  VotingRule voting;
  NetworkCosts costs;
  Calibration calibration;  // of the voted confidences
};

struct FusedToken {
  std::string text;  // as its first reading writes it
  double confidence;
  size_t engine;
};

struct FusedText {
  // Between tokens of which one follows the other in a reading: what stands between them there,
  // spaces only beside a word. Elsewhere: a space between words, and where a word had one.
  std::string text;
  std::vector<FusedToken> tokens;
  double confidence = 0.0;  // mean of the tokens; 0 for none
  double agreement = 1.0;   // of the best readings of two engines, the least of all pairs
  size_t slots = 0;
  size_t contested = 0;  // slots in which not all have the same
  size_t characters = 0;
  size_t repeated_twice = 0;  // longest stretch of tokens that stands two, three times in a row
  size_t repeated_thrice = 0;
};

// Throws std::invalid_argument: `engines`, `text`, `posterior`, `confidences`, `weights`,
// `alpha`, `null_confidence`, `costs`: out of range or too many.
FusedText fuse_readings(const std::vector<EngineReadings>& engines, const FusionRule& rule);

}  // namespace kefu
