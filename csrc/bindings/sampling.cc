// Sampling over arrays of numpy. The GIL is released by all but `length_penalty`.
#include "sampling.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

constexpr int64_t kMostNumber = INT64_MAX;

void require_rows(const Tensor<float>& rows) {
  if (rows.shape(0) == 0 || rows.shape(1) == 0) {
    refuse("logits",
           std::to_string(rows.shape(0)) + " rows of " + std::to_string(rows.shape(1)) + " tokens",
           "at least one of each");
  }
}

SamplingRule rule_of(const py::object& temperature, const py::object& top_k,
                     const py::object& top_p, const py::object& repetition_penalty) {
  SamplingRule rule{};
  const double warm = number(temperature, "temperature", 0.0, 1e4);
  if (warm != 0.0) number(temperature, "temperature", 1e-4, 1e4);
  rule.temperature = static_cast<float>(warm);
  rule.top_k = integer(top_k, "top_k");
  rule.top_p = number(top_p, "top_p", 1e-9, 1.0);
  rule.repetition_penalty =
      static_cast<float>(number(repetition_penalty, "repetition_penalty", 0.01, 100.0));
  return rule;
}

// The sampler of this thread, made anew for another vocabulary. It is not used while the GIL
// passes to another thread, which has its own.
Sampler& sampler_for(size_t vocabulary) {
  thread_local std::unique_ptr<Sampler> own;
  if (own == nullptr || own->vocabulary() != vocabulary) {
    own.reset();
    own = std::make_unique<Sampler>(vocabulary);
  }
  return *own;
}

// Logits and history as they came from Python, held for this object's life.
class Rows {
 public:
  Rows(const py::object& logits, const py::object& history) : logits_(logits, "logits", 2) {
    require_rows(logits_);
    if (history.is_none()) return;
    const Tensor<int32_t> given(history, "history", 2);
    require_shape(given, "history", 0, batch());
    said_ = given.shape(1);
    history_.assign(given.data(), given.data() + given.size());
  }

  size_t batch() const { return logits_.shape(0); }
  size_t vocabulary() const { return logits_.shape(1); }

  void choose(Sampler& sampler, size_t row, const SamplingRule& rule) const {
    sampler.choose(logits_.data() + row * vocabulary(), history_.data() + row * said_, said_, rule);
  }

 private:
  Tensor<float> logits_;
  // A copy: tokens are checked first and index arrays after, while other threads run.
  std::vector<int32_t> history_;
  size_t said_ = 0;
};

py::tuple sample(const py::object& logits, const py::object& seed, const py::object& step,
                 const py::object& calls, const py::object& history, const py::object& temperature,
                 const py::object& top_k, const py::object& top_p,
                 const py::object& repetition_penalty) {
  const Rows rows(logits, history);
  const SamplingRule rule = rule_of(temperature, top_k, top_p, repetition_penalty);
  const auto key = static_cast<uint64_t>(integer(seed, "seed", 0, kMostNumber));
  const auto now = static_cast<uint64_t>(integer(step, "step", 0, kMostNumber));
  std::optional<Tensor<int64_t>> numbers;
  if (!calls.is_none()) {
    numbers.emplace(calls, "calls", 1);
    require_shape(*numbers, "calls", 0, rows.batch());
  }
  auto tokens = new_array<int32_t>({rows.batch()});
  auto log_probabilities = new_array<double>({rows.batch()});
  int32_t* const drawn = tokens.mutable_data();
  double* const logs = log_probabilities.mutable_data();
  Sampler& sampler = sampler_for(rows.vocabulary());
  {
    const py::gil_scoped_release unlocked;
    for (size_t row = 0; row < rows.batch(); ++row) {
      rows.choose(sampler, row, rule);
      const auto call = numbers ? static_cast<uint64_t>(numbers->data()[row]) : uint64_t{row};
      const Sampler::Token token = sampler.draw(key, call, now);
      drawn[row] = token.number;
      logs[row] = token.log_probability;
    }
  }
  return py::make_tuple(std::move(tokens), std::move(log_probabilities));
}

py::array probabilities(const py::object& logits, const py::object& history,
                        const py::object& temperature, const py::object& top_k,
                        const py::object& top_p, const py::object& repetition_penalty) {
  const Rows rows(logits, history);
  const SamplingRule rule = rule_of(temperature, top_k, top_p, repetition_penalty);
  auto shares = new_array<float>({rows.batch(), rows.vocabulary()});
  float* const out = shares.mutable_data();
  Sampler& sampler = sampler_for(rows.vocabulary());
  {
    const py::gil_scoped_release unlocked;
    for (size_t row = 0; row < rows.batch(); ++row) {
      rows.choose(sampler, row, rule);
      sampler.probabilities(out + row * rows.vocabulary());
    }
  }
  return std::move(shares);
}

py::array softmax_of(const py::object& logits) {
  const Tensor<float> rows(logits, "logits", 2);
  require_rows(rows);
  auto shares = new_array<float>({rows.shape(0), rows.shape(1)});
  float* const out = shares.mutable_data();
  {
    const py::gil_scoped_release unlocked;
    softmax(rows.data(), rows.shape(0), rows.shape(1), out);
  }
  return std::move(shares);
}

double penalty_of(const py::object& length, const py::object& alpha) {
  return length_penalty(static_cast<double>(integer(length, "length")),
                        number(alpha, "alpha", -10.0, 10.0));
}

}  // namespace

void bind_sampling(py::module_& module) {
  module.def("sample", &sample, py::arg("logits"), py::kw_only(), py::arg("seed"), py::arg("step"),
             py::arg("calls") = py::none(), py::arg("history") = py::none(), py::arg("temperature"),
             py::arg("top_k"), py::arg("top_p"), py::arg("repetition_penalty"));
  module.def("sampling_probabilities", &probabilities, py::arg("logits"), py::kw_only(),
             py::arg("history") = py::none(), py::arg("temperature"), py::arg("top_k"),
             py::arg("top_p"), py::arg("repetition_penalty"));
  module.def("softmax", &softmax_of, py::arg("logits"));
  module.def("length_penalty", &penalty_of, py::arg("length"), py::arg("alpha"));
}

}  // namespace kefu::bindings
