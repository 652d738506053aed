#include "grpc_paseto/service/lifecycle/subject_access.h"

#include <utility>

#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

absl::Status CheckCaller(const Dependencies& dependencies, const ClientId& caller) {
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(dependencies.policies, caller);
  if (!policy.ok()) return policy.status();
  if ((*policy)->may_revoke_subjects()) return absl::OkStatus();
  return ClientNotAllowed("the client may not disable subjects; the operator allows it with revoke_subjects");
}

}  // namespace

void SubjectAccess::Disable(const ClientId& caller, std::string subject, Done<int64_t> done) const {
  if (absl::Status status = CheckCaller(dependencies_, caller); !status.ok()) return std::move(done)(status);
  const absl::Time now = dependencies_.clock.Now();
  DisableOrder order;
  order.subject = std::move(subject);
  order.by = caller;
  order.forget_after = now + dependencies_.settings.verifier_retention();
  order.keep_until = now + dependencies_.settings.store_retention();
  dependencies_.store.DisableSubject(
      std::move(order), now, [this, done = std::move(done)](absl::StatusOr<FeedPosition> position) mutable {
        if (!position.ok()) return std::move(done)(StoreRefusal(position.status()));
        dependencies_.when_in_force(
            *position, [revision = position->revision, done = std::move(done)](absl::Status applied) mutable {
              if (!applied.ok()) return std::move(done)(NotInForceYet(applied));
              std::move(done)(revision);
            });
      });
}

void SubjectAccess::Enable(const ClientId& caller, std::string subject, Done<bool> done) const {
  if (absl::Status status = CheckCaller(dependencies_, caller); !status.ok()) return std::move(done)(status);
  dependencies_.store.EnableSubject({std::move(subject), caller}, dependencies_.clock.Now(),
                                    [done = std::move(done)](absl::StatusOr<bool> was) mutable {
                                      if (!was.ok()) return std::move(done)(StoreRefusal(was.status()));
                                      std::move(done)(*was);
                                    });
}

}  // namespace paseto::service
