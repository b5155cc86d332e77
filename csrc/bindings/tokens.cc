// Text to tokens. The GIL is kept: an utterance costs a few microseconds.
#include "tokens.h"

#include "arguments.h"
#include "bind.h"
#include "texts.h"

namespace kefu::bindings {
namespace {

py::list tokenize_text(const py::object& text) {
  const std::string_view bytes = utf8(text, "text");
  py::list tokens;
  std::string folded;
  for (const Token& token : tokenize(bytes)) {
    folded.clear();
    append_folded(bytes, token, folded);
    tokens.append(py::str(folded));
  }
  return tokens;
}

}  // namespace

void bind_tokens(py::module_& module) { module.def("tokenize", &tokenize_text, py::arg("text")); }

}  // namespace kefu::bindings
