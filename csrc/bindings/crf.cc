// The CRF over arrays of numpy. The GIL is released by every method.
#include "crf.h"

#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

// (tags,) scores of the first or last step; zeros where there are none.
std::vector<float> edge(const py::object& scores, const char* name, size_t tags) {
  if (scores.is_none()) return std::vector<float>(tags, 0.0f);
  const Tensor<float> given(scores, name, 1);
  require_shape(given, name, 0, tags);
  return {given.data(), given.data() + tags};
}

Crf make_crf(const py::object& transitions, const py::object& start, const py::object& end) {
  const Tensor<float> table(transitions, "transitions", 2);
  const size_t tags = table.shape(0);
  require_shape(table, "transitions", 1, tags);
  const std::vector<float> first = edge(start, "start", tags);
  const std::vector<float> last = edge(end, "end", tags);
  return {tags, table.data(), first.data(), last.data()};
}

// Emissions and lengths as they came from Python, held for this object's life.
class Sequences {
 public:
  Sequences(const Crf& crf, const py::object& emissions, const py::object& lengths)
      : scores_(emissions, "emissions", 3) {
    require_shape(scores_, "emissions", 2, crf.tags());
    if (batch() == 0 || steps() == 0) {
      refuse("emissions",
             std::to_string(batch()) + " sequences of " + std::to_string(steps()) + " steps",
             "at least one of each");
    }
    if (lengths.is_none()) return;
    lengths_.emplace(lengths, "lengths", 1);
    require_shape(*lengths_, "lengths", 0, batch());
  }

  size_t batch() const { return scores_.shape(0); }
  size_t steps() const { return scores_.shape(1); }
  Emissions emissions() const {
    return {scores_.data(), batch(), steps(), lengths_ ? lengths_->data() : nullptr};
  }

 private:
  Tensor<float> scores_;
  std::optional<Tensor<int64_t>> lengths_;
};

py::tuple viterbi(const Crf& crf, const py::object& emissions, const py::object& lengths) {
  const Sequences given(crf, emissions, lengths);
  auto path = new_array<int32_t>({given.batch(), given.steps()});
  auto score = new_array<double>({given.batch()});
  int32_t* const tags = path.mutable_data();
  double* const scores = score.mutable_data();
  {
    const py::gil_scoped_release unlocked;
    crf.viterbi(given.emissions(), tags, scores);
  }
  return py::make_tuple(std::move(path), std::move(score));
}

py::array log_partition(const Crf& crf, const py::object& emissions, const py::object& lengths) {
  const Sequences given(crf, emissions, lengths);
  auto sums = new_array<double>({given.batch()});
  double* const out = sums.mutable_data();
  {
    const py::gil_scoped_release unlocked;
    crf.log_partition(given.emissions(), out);
  }
  return std::move(sums);
}

py::array log_likelihood(const Crf& crf, const py::object& emissions, const py::object& path,
                         const py::object& lengths) {
  const Sequences given(crf, emissions, lengths);
  const Tensor<int32_t> tags(path, "path", 2);
  require_shape(tags, "path", 0, given.batch());
  require_shape(tags, "path", 1, given.steps());
  // A copy: tags are checked first and index arrays after, while other threads run.
  const std::vector<int32_t> own(tags.data(), tags.data() + tags.size());
  auto likelihood = new_array<double>({given.batch()});
  double* const out = likelihood.mutable_data();
  {
    const py::gil_scoped_release unlocked;
    crf.log_likelihood(given.emissions(), own.data(), out);
  }
  return std::move(likelihood);
}

py::array marginals(const Crf& crf, const py::object& emissions, const py::object& lengths) {
  const Sequences given(crf, emissions, lengths);
  auto probabilities = new_array<float>({given.batch(), given.steps(), crf.tags()});
  float* const out = probabilities.mutable_data();
  {
    const py::gil_scoped_release unlocked;
    crf.marginals(given.emissions(), out);
  }
  return std::move(probabilities);
}

}  // namespace

void bind_crf(py::module_& module) {
  py::class_<Crf>(module, "Crf", py::is_final())
      .def(py::init(&make_crf), py::arg("transitions"), py::arg("start") = py::none(),
           py::arg("end") = py::none())
      .def_property_readonly("tags", &Crf::tags)
      .def("viterbi", &viterbi, py::arg("emissions"), py::arg("lengths") = py::none())
      .def("log_partition", &log_partition, py::arg("emissions"), py::arg("lengths") = py::none())
      .def("log_likelihood", &log_likelihood, py::arg("emissions"), py::arg("path"),
           py::arg("lengths") = py::none())
      .def("marginals", &marginals, py::arg("emissions"), py::arg("lengths") = py::none());
}

}  // namespace kefu::bindings
