#include "grpc_paseto/core/token/key_set.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace paseto {
namespace {

uint64_t NextSerial() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::shared_ptr<const KeySet> OrEmpty(std::shared_ptr<const KeySet> keys) {
  return keys != nullptr ? std::move(keys) : *KeySet::Create({});
}

}  // namespace

KeySet::KeySet(std::vector<Key> keys) : keys_(std::move(keys)), serial_(NextSerial()) {
  by_kid_.reserve(keys_.size());
  by_footer_.reserve(keys_.size());
  for (size_t i = 0; i < keys_.size(); ++i) {
    const KeyLabel& label = *keys_[i].label();
    by_kid_.emplace(label.id.text(), i);
    for (const std::string& alias : label.attributes.aliases) by_kid_.emplace(alias, i);
    by_footer_.emplace(label.footer, i);
  }
}

absl::StatusOr<std::shared_ptr<const KeySet>> KeySet::Create(std::vector<Key> keys) {
  std::shared_ptr<const KeySet> set(new KeySet(std::move(keys)));
  for (const Key& key : set->keys_) {
    if (const absl::Status status = key.CheckAttributes(); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("the key ", key.id().text(), ": ", status.message()));
    }
    if (set->Find(key.id()) != &key) {
      return absl::InvalidArgumentError(absl::StrCat("two keys have the id ", key.id().text(), "; keep one of them"));
    }
    for (const std::string& alias : key.attributes().aliases) {
      if (set->FindByKid(alias) == &key) continue;
      return absl::InvalidArgumentError(absl::StrCat("two keys have the alias ", alias, "; keep it at one of them"));
    }
    if (key.CanSign() && set->ActiveSigner(key.kind(), key.attributes().use) != &key) {
      return absl::InvalidArgumentError(absl::StrCat("two ", TokenKindName(key.kind()), " keys are active for the use ",
                                                     KeyUseName(key.attributes().use),
                                                     "; make one of them announced or retired"));
    }
  }
  return set;
}

const Key* KeySet::FindByKid(absl::string_view kid) const {
  const auto found = by_kid_.find(kid);
  return found != by_kid_.end() ? &keys_[found->second] : nullptr;
}

const Key* KeySet::FindByFooter(absl::string_view footer) const {
  const auto found = by_footer_.find(footer);
  return found != by_footer_.end() ? &keys_[found->second] : nullptr;
}

const Key* KeySet::ActiveSigner(TokenKind kind, KeyUse use) const {
  for (const Key& key : keys_) {
    if (key.CanSign() && key.kind() == kind && key.attributes().use == use) return &key;
  }
  return nullptr;
}

std::string KeySet::DebugString() const {
  std::string text;
  for (const Key& key : keys_) {
    absl::StrAppend(&text, key.id().text(), " ", TokenKindName(key.kind()), " ", KeyUseName(key.attributes().use), " ",
                    KeyStateName(key.attributes().state), "\n");
  }
  return text;
}

KeyRing::KeyRing() : KeyRing(nullptr) {}

KeyRing::KeyRing(std::shared_ptr<const KeySet> keys) : keys_(OrEmpty(std::move(keys))), serial_(keys_->serial()) {}

void KeyRing::Swap(std::shared_ptr<const KeySet> keys) {
  keys = OrEmpty(std::move(keys));
  absl::MutexLock lock(&mutex_);
  keys_.swap(keys);
  serial_.store(keys_->serial(), std::memory_order_release);
}

std::shared_ptr<const KeySet> KeyRing::Current() const {
  absl::ReaderMutexLock lock(&mutex_);
  return keys_;
}

}  // namespace paseto
