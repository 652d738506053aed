// LegacyWriting: the explicit switch in front of everything that makes something of versions 1 and 2.
#ifndef GRPC_PASETO_CORE_LEGACY_LEGACY_WRITING_H_
#define GRPC_PASETO_CORE_LEGACY_LEGACY_WRITING_H_

namespace paseto {

// Proof that the writer of a line knows that it makes a token, a key or a key's text of a deprecated version. Every
// place that does so names this class, so that one grep lists them all. Reading needs none.
class LegacyWriting {
 public:
  static LegacyWriting Allow() { return LegacyWriting(); }

 private:
  LegacyWriting() = default;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_LEGACY_WRITING_H_
