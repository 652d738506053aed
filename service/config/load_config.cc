#include "grpc_paseto/service/config/load_config.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/interceptor/yaml/yaml_message.h"
#include "grpc_paseto/service/config/check_config_files.h"
#include "grpc_paseto/service/config/fill_defaults.h"
#include "grpc_paseto/service/config/validate_config.h"

namespace paseto::service {
namespace {

using interceptor::FieldLines;
using interceptor::YamlProblem;

constexpr size_t kMostProblemsShown = 100;

// Problems of validation as lines of the file. Without those on a line that could not be read: they follow from that.
void Append(const std::vector<ConfigProblem>& found, const FieldLines& lines, std::vector<YamlProblem>& problems) {
  std::set<int> unreadable;
  for (const YamlProblem& problem : problems) unreadable.insert(problem.line);
  for (const ConfigProblem& problem : found) {
    const int line = lines.Find(problem.field);
    if (line != 0 && unreadable.count(line) != 0) continue;
    problems.push_back({line, absl::StrCat(problem.field, ": ", problem.message)});
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const YamlProblem& a, const YamlProblem& b) { return a.line < b.line; });
}

absl::Status ToStatus(const std::vector<YamlProblem>& problems, const std::string& name) {
  if (problems.empty()) return absl::OkStatus();
  std::vector<std::string> texts;
  for (const YamlProblem& problem : problems) {
    if (texts.size() == kMostProblemsShown) {
      texts.push_back(absl::StrCat(name, ": and ", problems.size() - kMostProblemsShown, " more problems"));
      break;
    }
    texts.push_back(problem.line == 0 ? absl::StrCat(name, ": ", problem.message)
                                      : absl::StrCat(name, ":", problem.line, ": ", problem.message));
  }
  return absl::InvalidArgumentError(absl::StrJoin(texts, "\n"));
}

struct Parsed {
  config::TokendConfig config;
  FieldLines lines;
};

absl::StatusOr<Parsed> Parse(absl::string_view yaml, const std::string& name, const ConfigOverrides& overrides) {
  Parsed parsed;
  std::vector<YamlProblem> problems = interceptor::FillMessageFromYaml(yaml, parsed.config, &parsed.lines);
  if (overrides.allow_plaintext) parsed.config.set_allow_plaintext(true);
  FillDefaults(parsed.config);
  // A file that could not be read at all would only be told that everything is missing.
  if (problems.empty() || !parsed.lines.empty()) Append(ValidateConfig(parsed.config), parsed.lines, problems);
  if (absl::Status status = ToStatus(problems, name); !status.ok()) return status;
  return parsed;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file.is_open() || !(text << file.rdbuf())) {
    const int error = errno;
    return absl::ErrnoToStatus(error, absl::StrCat("the configuration file ", path, " cannot be read"));
  }
  return std::move(text).str();
}

}  // namespace

absl::StatusOr<config::TokendConfig> ParseConfig(absl::string_view yaml, const std::string& name,
                                                 const ConfigOverrides& overrides) {
  absl::StatusOr<Parsed> parsed = Parse(yaml, name, overrides);
  if (!parsed.ok()) return parsed.status();
  return std::move(parsed->config);
}

absl::StatusOr<config::TokendConfig> LoadConfig(const std::string& path, const ConfigOverrides& overrides) {
  const absl::StatusOr<std::string> yaml = ReadFile(path);
  if (!yaml.ok()) return yaml.status();
  absl::StatusOr<Parsed> parsed = Parse(*yaml, path, overrides);
  if (!parsed.ok()) return parsed.status();
  std::vector<YamlProblem> problems;
  Append(CheckConfigFiles(parsed->config), parsed->lines, problems);
  if (absl::Status status = ToStatus(problems, path); !status.ok()) return status;
  return std::move(parsed->config);
}

}  // namespace paseto::service
