#include "grpc_paseto/service/lifecycle/list_sessions.h"

#include <memory>
#include <utility>

#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/refresh_token.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

// Ties a page token to its listing, and keeps it apart from the refresh tokens under the same key.
std::string AssertionOf(const ListOrder& order) {
  return Pae({"paseto.v1.page_token", order.caller.text(), order.subject});
}

// REQUIRES: an active refresh key.
const V4LocalKey& PageKey(const KeySet& keys) { return *keys.ActiveSigner(kV4Local, KeyUse::kRefresh)->v4_local(); }

std::string PageTokenOf(const KeySet& keys, const ListOrder& order, const SessionId& last) {
  return last.empty() ? "" : V4LocalSeal(PageKey(keys), last.text(), "", AssertionOf(order));
}

absl::StatusOr<SessionId> ReadPageToken(const KeySet& keys, const ListOrder& order) {
  if (order.page_token.empty()) return SessionId();
  if (const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(order.page_token); token.ok()) {
    absl::StatusOr<std::string> last = V4LocalOpen(PageKey(keys), *token, AssertionOf(order));
    if (last.ok()) return SessionId(*std::move(last));
  }
  return RequestInvalid("page_token", "is not of this listing; begin without one");
}

}  // namespace

void SessionLister::List(ListOrder order, Done<ListedSessions> done) const {
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(dependencies_.policies, order.caller);
  if (!policy.ok()) return std::move(done)(policy.status());
  std::shared_ptr<const KeySet> keys = dependencies_.keys.Current();
  if (absl::Status status = CheckRefreshKey(*keys); !status.ok()) return std::move(done)(status);
  absl::StatusOr<SessionId> before = ReadPageToken(*keys, order);
  if (!before.ok()) return std::move(done)(before.status());
  SessionQuery query;
  query.subject = order.subject;
  if (!(*policy)->may_list_any()) query.client = order.caller;
  query.before = *std::move(before);
  query.limit = order.page_size;
  dependencies_.store.List(std::move(query), dependencies_.clock.Now(),
                           [keys = std::move(keys), order = std::move(order),
                            done = std::move(done)](absl::StatusOr<SessionPage> page) mutable {
                             if (!page.ok()) return std::move(done)(StoreRefusal(page.status()));
                             ListedSessions listed;
                             for (Session& session : page->sessions) {
                               Grant grant;
                               if (!grant.ParseFromString(session.grant)) {
                                 return std::move(done)(InternalFailure("the grant of a session does not parse"));
                               }
                               listed.sessions.push_back({std::move(session), std::move(grant)});
                             }
                             listed.next_page_token = PageTokenOf(*keys, order, page->next);
                             std::move(done)(std::move(listed));
                           });
}

}  // namespace paseto::service
