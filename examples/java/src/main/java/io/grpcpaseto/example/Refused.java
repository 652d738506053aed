package io.grpcpaseto.example;

/** Why a token is not good. {@code reason} is a value of paseto.v1.Reason, in lower case and without its prefix. */
public final class Refused extends Exception {
  private final String reason;

  public Refused(String reason, String text) {
    super(reason + ": " + text);
    this.reason = reason;
  }

  public String reason() {
    return reason;
  }
}
