"""Random messages, footers and assertions, of chosen sizes."""
import json
import string

# On both sides of every place where the encoding of a length changes.
SIZES = [0, 1, 127, 128, 254, 255, 256, 257, 16383, 16384, 65534, 65535, 65536, 65537, 70000]
LETTERS = string.ascii_letters + string.digits + " -_.:/äß漢😀\"\\"


def words(random, length):
    return "".join(random.choices(LETTERS, k=length))


def value(random, depth):
    """A JSON value that every language keeps: no integer beyond 2^53, no number that changes when written again."""
    kind = random.randrange(8 if depth < 4 else 5)
    if kind == 0:
        return random.randrange(-(2**53) + 1, 2**53)
    if kind == 1:
        return random.choice([True, False, None])
    if kind == 2:
        return random.randrange(-4000, 4000) / 8
    if kind < 5:
        return words(random, random.randrange(30))
    if kind == 5:
        return [value(random, depth + 1) for _ in range(random.randrange(4))]
    return {f"k{i}{words(random, 3)}": value(random, depth + 1) for i in range(random.randrange(4))}


def claims(random, size):
    """A JSON object of `size` bytes (at least 2), the rest of it random."""
    if size < 12:
        return b"{}"
    content = {"d": ""}
    if size > 300 and random.random() < 0.8:
        content |= {"iss": "https://id.example", "sub": words(random, 5), "exp": "2099-01-01T00:00:00Z",
                    "own": value(random, 1)}
    encode = lambda: json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    content["d"] = "x" * max(0, size - len(encode()))
    return encode()


def message(random, size, as_bytes):
    return random.randbytes(size) if as_bytes and (size == 0 or random.random() < 0.5) else claims(random, size)


def text(random, size, as_bytes):
    """A footer or an assertion: no JSON object, which some libraries write again in their own way."""
    if as_bytes and random.random() < 0.5:
        data = random.randbytes(size)
        return b"b" + data[1:] if data[:1] == b"{" else data
    return "".join(random.choices(string.ascii_letters, k=size)).encode()
