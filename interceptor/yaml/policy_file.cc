#include "grpc_paseto/interceptor/yaml/policy_file.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/trust/poller.h"
#include "grpc_paseto/interceptor/trust/watched_file.h"
#include "grpc_paseto/interceptor/yaml/yaml_message.h"
#include "paseto/v1/policy_file.pb.h"

namespace paseto::interceptor {
namespace {

constexpr size_t kMostProblemsShown = 100;

absl::StatusOr<PlacedRules> ReadRules(WatchedFile& file) {
  const absl::StatusOr<SecretBytes> text = file.Read();
  if (!text.ok()) return text.status();
  return ParsePolicyFile(file.path(), text->ReadText(InsecureSecretAccess::Get()));
}

class PolicyFile final : public RuleSource {
 public:
  PolicyFile(PolicyFileOptions options, WatchedFile file, PlacedRules rules)
      : options_(std::move(options)),
        file_(std::move(file)),
        rules_(std::move(rules)),
        poller_(options_.poll_interval, [this] { Look(); }) {}

  absl::StatusOr<int> Follow(std::function<absl::Status(const PlacedRules&)> take) override {
    absl::MutexLock lock(&mutex_);
    const absl::Status taken = take(rules_);
    if (!taken.ok()) return taken;
    followers_.emplace(next_number_, std::move(take));
    return next_number_++;
  }

  void Unfollow(int number) override {
    absl::MutexLock lock(&mutex_);
    followers_.erase(number);
  }

 private:
  void Look() {
    if (!file_.HasChanged()) return;
    absl::StatusOr<PlacedRules> rules = ReadRules(file_);
    const absl::Status outcome = rules.ok() ? Give(*std::move(rules)) : rules.status();
    if (options_.on_reload) options_.on_reload(outcome);
  }

  // Followers run under the lock, so that none is running once Unfollow has returned.
  absl::Status Give(PlacedRules rules) {
    absl::MutexLock lock(&mutex_);
    absl::Status outcome;
    for (const auto& [number, take] : followers_) outcome.Update(take(rules));
    if (outcome.ok()) rules_ = std::move(rules);
    return outcome;
  }

  const PolicyFileOptions options_;
  WatchedFile file_;  // of the poller's thread
  absl::Mutex mutex_;
  PlacedRules rules_ ABSL_GUARDED_BY(mutex_);  // the last ones that every follower took
  int next_number_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<int, std::function<absl::Status(const PlacedRules&)>> followers_ ABSL_GUARDED_BY(mutex_);
  Poller poller_;  // last: it uses everything above
};

}  // namespace

absl::StatusOr<PlacedRules> ParsePolicyFile(absl::string_view name, absl::string_view yaml) {
  v1::PolicyFile message;
  FieldLines lines;
  std::vector<YamlProblem> problems = FillMessageFromYaml(yaml, message, &lines);
  if (!problems.empty()) {
    if (problems.size() > kMostProblemsShown) {
      const size_t more = problems.size() - kMostProblemsShown;
      problems.resize(kMostProblemsShown);
      problems.push_back({0, absl::StrCat("and ", more, " more problems")});
    }
    return absl::InvalidArgumentError(
        absl::StrJoin(problems, "\n", [name](std::string* out, const YamlProblem& problem) {
          absl::StrAppend(out, name, ":", problem.line, ": ", problem.message);
        }));
  }
  PlacedRules rules;
  for (const auto& [method, rule] : message.rules()) {
    rules[method] = {rule, absl::StrCat(name, ":", lines.Find(absl::StrCat("rules[", method, "]")))};
  }
  return rules;
}

absl::StatusOr<std::shared_ptr<RuleSource>> RulesFromPolicyFile(PolicyFileOptions options) {
  if (options.path.empty()) return absl::InvalidArgumentError("path is required: name the policy file");
  if (options.poll_interval <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("poll_interval must be more than 0");
  }
  WatchedFile file(options.path, kMaxYamlBytes);
  absl::StatusOr<PlacedRules> rules = ReadRules(file);
  if (!rules.ok()) return rules.status();
  return std::make_shared<PolicyFile>(std::move(options), std::move(file), *std::move(rules));
}

}  // namespace paseto::interceptor
