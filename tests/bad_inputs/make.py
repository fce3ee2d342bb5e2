#!/usr/bin/python3
"""Writes malformed IDX, gzip, safetensors, NumPy, CSV and text files, and a few valid ones, into a directory.

Usage: make.py DIRECTORY

The directory receives the files and manifest.tsv: one line per case with the columns file, reader, expected. Readers:
  images       an images file for the input (1,28,28)
  labels       a labels file of 10 classes
  pair         the images file `file` with the labels file `file`.labels
  safetensors, npy, npz, csv (all cells numbers), text
`expected` is a part that the message must have, or "ok N" for files that must be accepted as N examples,
tensors or rows.
Standard library only; the same bytes every time.
"""
import hashlib
import json
import os
import struct
import sys
import zlib

directory = sys.argv[1]
os.makedirs(directory, exist_ok=True)
manifest = []


def case(name, reader, expected, content=None):
    if content is not None:
        with open(os.path.join(directory, name), "wb") as f:
            f.write(content)
    assert name not in [m[0] for m in manifest], name
    assert "\t" not in expected and "\n" not in expected
    manifest.append((name, reader, expected))


# ---------------------------------------------------------------- IDX

def header(*dimensions, kind=8, rank=None):
    return bytes([0, 0, kind, len(dimensions) if rank is None else rank]) + struct.pack(">%dI" % len(dimensions),
                                                                                        *dimensions)


def ramp(n):
    return bytes(i % 251 for i in range(n))


def labels(n):
    return bytes(i % 10 for i in range(n))


def gz(content, level=9):
    c = zlib.compressobj(level, zlib.DEFLATED, 31)
    return c.compress(content) + c.flush()


def gz_parts(content, flags=0, extra=b"", crc=None, size=None):
    """A gzip member put together by hand."""
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = c.compress(content) + c.flush()
    crc = zlib.crc32(content) if crc is None else crc
    size = len(content) % 2**32 if size is None else size
    return b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\0\3" + extra + body + struct.pack("<II", crc, size)


images = header(3, 28, 28) + ramp(3 * 784)
ten = header(10) + labels(10)
huge = 2**32 - 1

case("good-images", "images", "ok 3", images)
case("good-images.gz", "images", "ok 3", gz(images))
case("good-gz-named-plain", "images", "ok 3", gz(images))
case("good-plain-named.gz", "images", "ok 3", images)
case("good-two-members.gz", "images", "ok 3", gz(images[:1000]) + gz(images[1000:]))
case("good-empty-member.gz", "images", "ok 3", gz(images) + gz(b""))
case("good-stored.gz", "images", "ok 3", gz(images, 0))
case("good-name-and-extra.gz", "images", "ok 3", gz_parts(images, 0x0C, b"\x05\0extra" + b"train-images\0"))
case("good-rank4", "images", "ok 2", header(2, 1, 28, 28) + ramp(2 * 784))
case("good-zeros.gz", "images", "ok 1000", gz(header(1000, 28, 28) + bytes(784000)))
case("good-labels", "labels", "ok 10", ten)
case("good-labels.gz", "labels", "ok 10", gz(ten))
case("good-pair", "pair", "ok 3", images)
case("good-pair.labels", "labels", "ok 3", header(3) + labels(3))

case("idx-empty", "images", "byte 0: found an empty file", b"")
for n in (1, 2, 3):
    case("idx-%d-bytes" % n, "images", "expected IDX magic 00 00 08", images[:n])
for n in (4, 7, 8, 11, 15):
    case("idx-%d-bytes" % n, "images",
         "byte %d: found the end in the header, expected dimension %d" % (n, (n - 4) // 4),
         images[:n])
case("idx-header-only", "images", "found a file of 16 bytes, expected 2368 bytes for dimensions (3,28,28)",
     images[:16])
case("idx-one-byte-short", "images", "found a file of 2367 bytes, expected 2368", images[:-1])
case("idx-half", "images", "found a file of 1184 bytes, expected 2368", images[:1184])
case("idx-one-byte-more", "images", "byte 2368: found a file of 2369 bytes, expected 2368", images + b"\0")
case("idx-zip-appended", "images", "byte 2368: found a file of", images + b"PK\x05\x06" + bytes(18))
case("idx-little-endian", "images", "found a little-endian magic number",
     images[3::-1] + struct.pack("<III", 3, 28, 28) + images[16:])
case("idx-little-endian-dimensions", "images", "expected", images[:4] + struct.pack("<III", 3, 28, 28) + images[16:])
for kind, text in ((0, "0 (unknown)"), (9, "9 (signed bytes)"), (10, "10 (unknown)"), (11, "11 (16-bit integers)"),
                   (12, "12 (32-bit integers)"), (13, "13 (floats)"), (14, "14 (doubles)"), (255, "255 (unknown)")):
    case("idx-type-%d" % kind, "images", "byte 2: found element type " + text + ", expected 8",
         header(3, 28, 28, kind=kind) + ramp(3 * 784))
case("idx-magic-reserved", "images", "byte 0: found bytes 00 01 08 03", b"\0\1" + images[2:])
for rank in (0, 6, 255):
    case("idx-rank-%d" % rank, "images", "byte 3: found rank %d, expected 1 (labels) to 5" % rank,
         header(3, 28, 28, rank=rank) + ramp(3 * 784))
case("idx-rank-2-wide", "images", "found images (784), expected images that fit the input (1,28,28)",
     header(3, 784) + ramp(3 * 784))
case("idx-no-images", "images", "byte 4: dimension 0: found 0, expected at least 1", header(0, 28, 28))
case("idx-zero-width", "images", "byte 12: dimension 2: found 0, expected at least 1", header(3, 28, 0))
case("idx-zero-product", "images", "byte 8: dimension 1: found 0", header(huge, 0, huge))
case("idx-count-2^31", "images", "expected 1683627180048 bytes", header(2**31, 28, 28) + ramp(784))
case("idx-count-2^32-1", "images", "expected 3367254359296 bytes", header(huge, 28, 28) + ramp(784))
case("idx-product-overflow", "images", "whose product overflows", header(huge, huge, huge) + ramp(784))
case("idx-product-2^64", "images", "whose product overflows", header(2**31, 2**31, 4) + ramp(784))
case("idx-product-2^64-and-0", "images", "dimension", header(2**31, 2**31, 4, 0))
case("idx-32x32", "images", "byte 8: found images (32,32), expected images that fit the input (1,28,28)",
     header(2, 32, 32) + ramp(2048))
case("idx-transposed", "images", "found images (14,56)", header(2, 14, 56) + ramp(2 * 784))
case("idx-colour", "images", "found images (3,28,28)", header(1, 3, 28, 28) + ramp(3 * 784))
case("idx-labels-for-images", "images", "found rank 1, dimensions (10) (a labels file?)", ten)
case("idx-images-for-labels", "labels", "found rank 3, dimensions (3,28,28) (an images file?)", images)
case("idx-label-10-of-10", "labels", "byte 12: label 4: found 10, expected 0 to 9",
     header(6) + bytes([1, 2, 3, 9, 10, 0]))
case("idx-label-255.gz", "labels", "byte 8 of the inflated data: label 0: found 255", gz(header(1) + b"\xff"))
case("idx-labels-one-short", "labels", "found a file of 17 bytes, expected 18", ten[:-1])
case("idx-labels-2^32-1", "labels", "expected 4294967303 bytes", header(huge) + labels(10))
case("idx-fewer-labels", "pair", "byte 4: found 2 labels, expected 3, one for each image of", images)
case("idx-fewer-labels.labels", "labels", "ok 2", header(2) + labels(2))
case("idx-more-labels", "pair", "byte 4: found 10 labels, expected 3, one for each image of", images)
case("idx-more-labels.labels", "labels", "ok 10", ten)
case("idx-html", "images", "found an HTML or XML page",
     b"<!DOCTYPE html>\n<html><head><title>403 Forbidden</title></head></html>\n")
case("idx-html.gz", "images", "found an HTML or XML page", gz(b"<html><body>Please sign in</body></html>"))
case("idx-xml-with-bom", "images", "found an HTML or XML page",
     b"\xef\xbb\xbf<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>")
case("idx-zip", "images", "found a zip archive", b"PK\x03\x04" + bytes(60))
case("idx-npy", "images", "found a NumPy array", b"\x93NUMPY\x01\x00v\x00{'descr': '|u1'}")
case("idx-lfs-pointer", "images", "found a Git LFS pointer",
     b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
case("idx-csv", "images", "found text", b"label,pixel0,pixel1\n5,0,0\n")
case("idx-missing", "images", "cannot open for reading: No such file or directory")
os.makedirs(os.path.join(directory, "idx-directory"), exist_ok=True)
case("idx-directory", "images", "found a directory, expected a regular file")
if not os.path.exists(os.path.join(directory, "idx-pipe")):
    os.mkfifo(os.path.join(directory, "idx-pipe"))
case("idx-pipe", "images", "found a pipe or device, expected a regular file")
if not os.path.islink(os.path.join(directory, "idx-link-to-itself")):
    os.symlink("idx-link-to-itself", os.path.join(directory, "idx-link-to-itself"))
case("idx-link-to-itself", "images", "cannot open for reading: Too many levels of symbolic links")

# ---------------------------------------------------------------- gzip

packed = gz(images)
truncated = "found the end of the file inside the gzip data"


def changed(content, at, value):
    at %= len(content)
    return content[:at] + bytes([value]) + content[at + 1:]


case("gz-magic-only", "images", truncated, packed[:2])
case("gz-header-only", "images", truncated, packed[:10])
case("gz-half", "images", truncated, packed[:len(packed) // 2])
case("gz-no-trailer", "images", truncated, packed[:-8])
case("gz-one-byte-short", "images", truncated, packed[:-1])
case("gz-bad-crc", "images", "does not have the CRC-32 stored after it", gz_parts(images, crc=1))
case("gz-bad-length", "images", "does not have the length stored after it", gz_parts(images, size=len(images) + 1))
case("gz-bad-method", "images", "unknown compression method", changed(packed, 2, 7))
case("gz-reserved-flags", "images", "unknown header flags set", changed(packed, 3, 0xE0))
case("gz-bad-header-crc", "images", "header crc mismatch", gz_parts(images, 0x02, b"\0\0"))
case("gz-endless-name", "images", truncated, b"\x1f\x8b\x08\x08\0\0\0\0\0\3" + b"n" * 100000)
case("gz-extra-beyond-file", "images", truncated, b"\x1f\x8b\x08\x04\0\0\0\0\0\3\xff\xff" + b"x" * 100)
case("gz-bad-block", "images", "invalid block type", changed(packed, 10, 7))
case("gz-bad-stored-length", "images", "invalid stored block lengths",
     b"\x1f\x8b\x08\0\0\0\0\0\0\3\1\x10\0\x10\0" + bytes(16))
case("gz-distance-too-far", "images", "invalid distance too far back",
     b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"\x03\x42" + bytes(8))
case("gz-trailing-text", "images", "found bytes after the gzip data", packed + b"trailing")
case("gz-trailing-zeros", "images", "found bytes after the gzip data", packed + bytes(512))
case("gz-zip-appended", "images", "found bytes after the gzip data", packed + b"PK\x05\x06" + bytes(18))
case("gz-second-member-cut", "images", truncated, packed + gz(b"")[:12])
case("gz-twice", "images", "compressed twice", gz(packed))
case("gz-empty-content", "images", "byte 0 of the inflated data: found an empty file", gz(b""))
case("gz-pixels-short", "images", "found the end after 2351 elements, expected 2352", gz(images[:-1]))
case("gz-pixels-more", "images", "byte 2368 of the inflated data: found more bytes", gz(images + b"\0"))
bomb = b"".join([gz(bytes(64 << 20))] * 3)
case("gz-bomb", "images", "byte 2368 of the inflated data: found more bytes", gz(images) + bomb)
case("gz-bomb-one-member", "images", "byte 2368 of the inflated data: found more bytes", gz(images + bytes(64 << 20)))
case("gz-bomb-without-header", "images", "found element type 0", gz(bytes(64 << 20)))
case("gz-declares-too-much", "images", "bytes of gzip cannot hold more", gz(header(huge, 28, 28) + ramp(784)))
case("gz-declares-what-is-not-there", "images", "found the end after", gz(header(100, 28, 28) + ramp(3000)))

noise = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(640))
case("gz-noise-declares-1000-times-more", "images", "found the end after 20480 elements, expected 19600000",
     gz(header(25000, 28, 28) + noise))
case("gz-labels-more", "labels", "byte 18 of the inflated data: found more bytes", gz(ten + b"\0"))
case("gz-labels-bad-crc", "labels", "does not have the CRC-32 stored after it", gz_parts(ten, crc=1))

# ---------------------------------------------------------------- safetensors

TENSOR = '"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}'


def file(head, data=bytes(16), length=None):
    head = head.encode() if isinstance(head, str) else head
    return struct.pack("<Q", len(head) if length is None else length) + head + data


def one(dtype='"F32"', shape="[2,2]", offsets="[0,16]", data=bytes(16)):
    return file('{"w":{"dtype":%s,"shape":%s,"data_offsets":%s}}' % (dtype, shape, offsets), data)


def st(name, expected, content=None):
    case("st-" + name + ".safetensors", "safetensors", expected, content)


def by_json(tensors, metadata=None, padding=0):
    """As the Python package writes: tensors is a list of (name, dtype, shape, bytes)."""
    head, data = {}, b""
    if metadata is not None:
        head["__metadata__"] = metadata
    for name, dtype, shape, content in tensors:
        head[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(head, separators=(",", ":")).encode()
    return file(text + b" " * padding, data)


st("good-one", "ok 1", one())
st("good-padded", "ok 1", file("{" + TENSOR + "}" + " " * 7))
st("good-white-space", "ok 1", file('{ "w" : {\n"shape":[2 ,\t2],"data_offsets":[ 0, 16 ],\r"dtype":"F32" } }'))
st("good-no-tensors", "ok 0", file("{}", b""))
st("good-metadata", "ok 1", by_json([("a", "U8", [3], b"abc")], {"format": "pt", "\u20ac\U0001f600": "\0\n\"\\"}))
st("good-every-dtype", "ok 13", by_json([("t%d" % i, t, [2], bytes(2 * n)) for i, (t, n) in enumerate(
    [("F64", 8), ("I64", 8), ("U64", 8), ("F32", 4), ("I32", 4), ("U32", 4), ("F16", 2), ("BF16", 2), ("I16", 2),
     ("U16", 2),
     ("I8", 1), ("U8", 1), ("BOOL", 1)])], padding=3))
st("good-scalar-and-empty", "ok 3",
   by_json([("s", "F32", [], bytes(4)), ("e", "F32", [0, 5], b""), ("n", "I64", [1], bytes(8))]))
st("good-many", "ok 2000",
   by_json([("layer.%d.weight" % i, "F32", [3], struct.pack("<3f", i, i, i)) for i in range(2000)]))
st("good-nan", "ok 1", one(data=struct.pack("<4f", float("nan"), float("inf"), -0.0, 1e-45)))

st("empty", "byte 0: found 0 bytes, expected a safetensors file", b"")
st("1-byte", "byte 0: found 1 bytes", b"\x01")
st("7-bytes", "byte 0: found 7 bytes", bytes(7))
st("length-0", "byte 8 (header): found an empty header", bytes(8))
st("length-0-with-data", "byte 8 (header): found an empty header", bytes(24))
whole = file("{" + TENSOR + "}")
st("length-one-more",
   "found header length %d, expected at most %d, the rest of the file" % (len(whole) - 7, len(whole) - 8),
   file("{" + TENSOR + "}", length=len(whole) - 7))
st("length-whole-file", "found header length %d, expected at most %d" % (len(whole), len(whole) - 8),
   file("{" + TENSOR + "}", length=len(whole)))
st("length-2^63", "found header length 9223372036854775808, expected at most 100000000, the format's limit",
   file("{" + TENSOR + "}", length=2**63))
st("length-2^64-1", "found header length 18446744073709551615, expected at most 100000000",
   file("{" + TENSOR + "}", length=2**64 - 1))
st("length-2^64-8", "expected at most 100000000", file("{" + TENSOR + "}", length=2**64 - 8))
st("length-limit-plus-1", "found header length 100000001, expected at most 100000000",
   file("{" + TENSOR + "}", length=100000001))
st("length-limit-small-file", "found header length 100000000, expected at most",
   file("{" + TENSOR + "}", length=100000000))
st("length-big-endian", "expected at most 100000000", struct.pack(">Q", 60) + one()[8:])
st("length-in-string", "found a string without end", file("{" + TENSOR + "}", length=40))
st("length-in-object", "found the end of the header, expected ',' or '}' of tensor",
   file("{" + TENSOR + "}", length=19))
st("not-braced", "found '[', expected '{' as first byte of the header", file("[]", b""))
st("leading-space", "found byte 0x20, expected '{' as first byte", file(" {" + TENSOR + "}"))
st("leading-bom", "found byte 0xEF, expected '{' as first byte", file(b"\xef\xbb\xbf{" + TENSOR.encode() + b"}"))
st("torch-zip", "is this a safetensors file?", b"PK\x03\x04" + bytes(100) + b"data.pkl")
st("pickle", "is this a safetensors file?", b"\x80\x02}q\x00(X\x06\x00\x00\x00weight" + bytes(50))
st("html", "is this a safetensors file?", b"<!DOCTYPE html><html></html>")
for name, bad in (("continuation", b"\x80"), ("overlong", b"\xc0\xaf"), ("surrogate", b"\xed\xa0\x80"),
                  ("above", b"\xf4\x90\x80\x80"),
                  ("cut", b"\xe2\x82")):
    st("utf8-" + name, "byte 11 (header): found invalid UTF-8", file(b'{"w' + bad + TENSOR.encode()[2:] + b"}"))
st("utf16", "byte 8 (header): found invalid UTF-8", file(("{" + TENSOR + "}").encode("utf-16")))
st("unterminated", "expected ',' or '}' after a tensor", file("{" + TENSOR))
st("trailing-comma", "expected a tensor name as a string", file("{" + TENSOR + ",}"))
st("no-comma", "expected ',' or '}' after a tensor", file("{" + TENSOR + TENSOR + "}"))
st("no-colon", "found '{', expected ':' after \"w\"", file('{"w"{}}'))
st("text-after", "found text after the closing '}', expected spaces", file("{" + TENSOR + "}{}"))
st("newline-after", "found text after the closing '}', expected spaces", file("{" + TENSOR + "}\n"))
st("nul-padding", "found text after the closing '}', expected spaces", file("{" + TENSOR + "}\0\0\0"))
st("single-quotes", "found ''', expected a tensor name", file("{" + TENSOR.replace('"', "'") + "}"))
st("comment", "found '/', expected", file("{/* */" + TENSOR + "}"))
st("control-in-string", "found byte 0x0A, expected control characters", file('{"w\n' + TENSOR[2:] + "}"))
st("bad-escape", "after a backslash", file('{"\\x77' + TENSOR[2:] + "}"))
st("half-surrogate", "found half of a surrogate pair", file('{"\\ud800' + TENSOR[2:] + "}"))
st("depth-100000-objects", "found '{', expected dtype as a string",
   file('{"w":{"dtype":' + '{"a":' * 100000 + "}" * 100000 + "}}"))
st("depth-100000-lists", "found '[', expected shape of tensor \"w\" as integers",
   file('{"w":{"shape":' + "[" * 100000 + "]" * 100000 + "}}"))
st("depth-metadata", "found '{', expected a string as value of the metadata key \"a\"",
   file('{"__metadata__":{"a":' + '{"a":' * 50000))
twin = TENSOR.replace("0,16", "16,32")
st("duplicate-tensor", "duplicate tensor \"w\", expected each name once",
   file("{" + TENSOR + "," + twin + "}", bytes(32)))
st("duplicate-escaped", "duplicate tensor \"w\", expected each name once",
   file("{" + TENSOR + "," + twin.replace('"w"', '"\\u0077"') + "}", bytes(32)))
st("duplicate-same-bytes", "duplicate tensor \"w\"", file("{" + TENSOR + "," + TENSOR + "}"))
st("duplicate-metadata", "duplicate key \"__metadata__\"",
   file('{"__metadata__":{},"__metadata__":{},' + TENSOR + "}"))
st("duplicate-metadata-escaped", "duplicate key \"__metadata__\"",
   file('{"__metadata__":{},"\\u005f_metadata__":{},' + TENSOR + "}"))
st("duplicate-metadata-key", "duplicate metadata key \"a\"",
   file('{"__metadata__":{"a":"1","\\u0061":"2"},' + TENSOR + "}"))
st("duplicate-dtype", "duplicate field dtype",
   file('{"w":{"dtype":"F32","dtype":"F64","shape":[2,2],"data_offsets":[0,16]}}'))
st("duplicate-offsets", "duplicate field data_offsets",
   file('{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16],"data_o\\u0066fsets":[0,8]}}'))
st("metadata-number", "expected a string as value of the metadata key \"epoch\"",
   file('{"__metadata__":{"epoch":3},' + TENSOR + "}"))
st("metadata-null", "expected a string as value of the metadata key \"a\"",
   file('{"__metadata__":{"a":null},' + TENSOR + "}"))
st("metadata-list", "found '[', expected '{' of __metadata__", file('{"__metadata__":[],' + TENSOR + "}"))
st("metadata-as-tensor", "expected a string as value of the metadata key \"shape\"",
   file('{"__metadata__":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'))
st("no-dtype", "found no field dtype", file('{"w":{"shape":[2,2],"data_offsets":[0,16]}}'))
st("no-shape", "found no field shape", file('{"w":{"dtype":"F32","data_offsets":[0,16]}}'))
st("no-offsets", "found no field data_offsets", file('{"w":{"dtype":"F32","shape":[2,2]}}'))
st("no-fields", "found no field dtype", file('{"w":{}}'))
st("unknown-field", "unknown field \"strides\" of tensor \"w\"", file("{" + TENSOR[:-1] + ',"strides":[2,1]}}'))
st("tensor-null", "found 'n', expected '{' of tensor \"w\"", file('{"w":null}'))
st("tensor-string", "expected '{' of tensor \"w\"", file('{"w":"F32"}'))
st("dtype-unknown", "unknown dtype \"F33\", expected BOOL", one('"F33"'))
st("dtype-lower", "unknown dtype \"f32\"", one('"f32"'))
st("dtype-number", "found '3', expected dtype as a string", one("32"))
for t in ("C64", "F8_E4M3", "F8_E5M2", "F6_E2M3", "F4"):
    st("dtype-" + t, "dtype \"%s\" is not supported" % t, one('"%s"' % t))
st("dtype-F4-odd", "dtype \"F4\" is not supported", one('"F4"', "[3]", "[0,2]", bytes(2)))
st("shape-string", "expected '[', shape of tensor \"w\"", one(shape='"2,2"'))
st("shape-negative", "found '-', expected shape of tensor \"w\" as integers from 0", one(shape="[-2,-2]"))
st("shape-float", "fraction or exponent, expected shape", one(shape="[2.0,2]"))
st("shape-exponent", "fraction or exponent, expected shape", one(shape="[4e0]"))
st("shape-leading-zero", "without leading zeros", one(shape="[02,2]"))
st("shape-null", "found 'n', expected shape", one(shape="[null]"))
st("shape-2^63", "expected at most 9223372036854775807", one(shape="[9223372036854775808]"))
st("shape-2^64", "expected at most 9223372036854775807", one(shape="[18446744073709551616]"))
st("shape-2^64-plus-4", "expected at most 9223372036854775807", one(shape="[18446744073709551620]"))
st("shape-1000-digits", "expected at most 9223372036854775807", one(shape="[" + "9" * 1000 + "]"))
st("shape-65-dimensions", "expected at most 64 dimensions",
   one(shape="[" + ",".join(["1"] * 65) + "]", offsets="[0,4]", data=bytes(4)))
st("shape-million-dimensions", "expected at most 64 dimensions", one(shape="[" + ",".join(["1"] * 1000000) + "]"))
st("product-2^64-is-0", "shape (4294967296,4294967296) overflows",
   one(shape="[4294967296,4294967296]", offsets="[0,0]", data=b""))
st("product-2^64-plus-16", "overflows, expected fewer than 2^63 bytes",
   one(shape="[4611686018427387905,4]", offsets="[0,16]"))
st("bytes-2^64-is-0", "overflows", one(shape="[4611686018427387904]", offsets="[0,0]", data=b""))
st("bytes-2^63", "overflows", one('"U8"', "[9223372036854775807,2]", "[0,16]"))
st("zero-product-first", "shape (0,4294967296,4294967296) overflows",
   one(shape="[0,4294967296,4294967296]", offsets="[0,0]", data=b""))
st("zero-product-last", "shape (4294967296,4294967296,0) overflows",
   one(shape="[4294967296,4294967296,0]", offsets="[0,0]", data=b""))
st("zero-product-beyond-file", "end beyond the file, expected at most 16",
   one(shape="[0,1048576]", offsets="[0,4194304]"))
st("zero-product-with-bytes", "hold 16 bytes, expected 0 for F32 (0,4)", one(shape="[0,4]"))
st("memory-bomb-shape", "hold 16 bytes, expected 4000000000000 for F32 (1000000,1000000)",
   one(shape="[1000000,1000000]"))
st("memory-bomb-offsets", "end beyond the file, expected at most 16",
   one(shape="[1000000,1000000]", offsets="[0,4000000000000]"))
st("memory-bomb-overlaps", "overlap another tensor", file("{" + ",".join(
    '"t%d":{"dtype":"U8","shape":[65536],"data_offsets":[0,65536]}' % i for i in range(3000)) + "}", bytes(65536)))
st("offsets-none", "data_offsets of tensor \"w\" as a list of two integers", one(offsets="[]"))
st("offsets-one", "data_offsets of tensor \"w\" as a list of two integers", one(offsets="[16]"))
st("offsets-three", "data_offsets of tensor \"w\" as a list of two integers", one(offsets="[0,16,16]"))
st("offsets-negative", "found '-', expected data_offsets", one(offsets="[-16,0]"))
st("offsets-float", "fraction or exponent, expected data_offsets", one(offsets="[0,16.0]"))
st("offsets-exponent", "fraction or exponent, expected data_offsets", one(offsets="[0,16e0]"))
st("offsets-string", "expected data_offsets", one(offsets='["0","16"]'))
st("offsets-2^64", "expected at most 18446744073709551615", one(offsets="[0,18446744073709551616]"))
st("offsets-2^64-wrapping", "end beyond the file", one(offsets="[18446744073709551600,18446744073709551615]"))
st("offsets-reversed", "are reversed, expected begin <= end", one(offsets="[16,0]"))
st("offsets-reversed-huge", "are reversed, expected begin <= end", one(offsets="[18446744073709551615,15]"))
st("offsets-beyond-by-1", "end beyond the file, expected at most 15", one(data=bytes(15)))
st("size-minus-1", "hold 15 bytes, expected 16 for F32 (2,2)", one(offsets="[0,15]", data=bytes(15)))
st("size-plus-1", "hold 17 bytes, expected 16 for F32 (2,2)", one(offsets="[0,17]", data=bytes(17)))
st("size-other-dtype", "hold 16 bytes, expected 32 for F64 (2,2)", one('"F64"'))
st("hole-at-front", "data_offsets [1,17] leave a hole, expected to begin at 0", one(offsets="[1,17]", data=bytes(17)))


def two(second, data):
    first = '"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}'
    return file('{%s,"b":{"dtype":"U8","shape":[8],"data_offsets":%s}}' % (first, second), data)


st("hole-of-1", "tensor \"b\": data_offsets [9,17] leave a hole, expected to begin at 8", two("[9,17]", bytes(17)))
st("overlap-of-1", "tensor \"b\": data_offsets [7,15] overlap another tensor, expected to begin at 8",
   two("[7,15]", bytes(15)))
st("overlap-whole", "overlap another tensor, expected to begin at 8", two("[0,8]", bytes(8)))
st("empty-inside-another", "data_offsets [4,4] overlap another tensor",
   by_json([("a", "U8", [8], bytes(8)), ("e", "U8", [0], b"")]).replace(b"[8,8]", b"[4,4]"))
st("trailing-1", "found 1 bytes after the last tensor, expected the end of the file", one(data=bytes(17)))
st("trailing-zip", "found 22 bytes after the last tensor", one() + b"PK\x05\x06" + bytes(18))
st("trailing-no-tensors", "found 16 bytes after the last tensor", file("{}"))
st("truncated-half", "end beyond the file", one()[:-8])
st("truncated-header", "expected at most", one()[:40])
st("long-name", "... (100000 bytes): data_offsets", file('{"' + "n" * 100000 + TENSOR[2:] + "}", bytes(15)))
st("missing", "cannot open for reading: No such file or directory")
os.makedirs(os.path.join(directory, "st-directory.safetensors"), exist_ok=True)
st("directory", "found a directory, expected a regular file")

# ---------------------------------------------------------------- NumPy

def npy(descr="'<f4'", fortran="False", shape="(2, 2)", data=bytes(16), text=None, version=(1, 0), length=None):
    if text is None:
        text = "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, fortran, shape)
    text = text.encode("latin1") + b"\n"
    n = len(text) if length is None else length
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version[0] == 1 else "<I", n) + text + data


def zip_member(name, content, method=8, crc=None, size=None, packed=None, flags=0, local=None):
    """The local record of a member, the function that gives its entry, and the length of the record."""
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = content if method == 0 else c.compress(content) + c.flush()
    body = body if packed is None else packed
    name = name if isinstance(name, bytes) else name.encode()
    facts = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 0x21, zlib.crc32(content) if crc is None else crc,
                        len(body), len(content) if size is None else size, len(name), 0)
    record = b"PK\3\4" + (facts if local is None else local(facts)) + name + body
    return record, lambda at: b"PK\1\2\x14\0" + facts + bytes(10) + struct.pack("<I", at) + name


def zip_file(*members, at=None, count=None, end=b"", directory=None, before=b""):
    data, entries = before, b""
    for i, (record, entry) in enumerate(members):
        entries += entry(len(data) if at is None else at[i])
        data += record
    entries = entries if directory is None else directory(entries)
    n = len(members) if count is None else count
    return data + entries + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, n, n, len(entries), len(data), 0) + end


def one_array(*a, **options):
    return zip_file(zip_member("a.npy", npy(), *a, **options))


def changed(at, value):
    """Puts bytes over others."""
    return lambda facts: facts[:at] + value + facts[at + len(value):]


good = npy()
case("good.npy", "npy", "ok 4", good)
case("good-fortran.npy", "npy", "ok 6", npy("'<i8'", "True", "(2, 3)", bytes(48)))
case("good-scalar.npy", "npy", "ok 1", npy("'<f8'", shape="()", data=bytes(8)))
case("good-version-2.npy", "npy", "ok 4", npy(version=(2, 0)))
case("good-no-elements.npy", "npy", "ok 0", npy(shape="(0, 7)", data=b""))
case("npy-empty", "npy", "byte 0: found 0 bytes, expected a .npy array", b"")
case("npy-magic", "npy", "byte 0: found other bytes", b"\x92" + good[1:])
case("npy-zip", "npy", "byte 0: found other bytes", one_array())
case("npy-version-0", "npy", "byte 6: found version 0.0, expected 1.0, 2.0 or 3.0", npy(version=(0, 0)))
case("npy-version-4", "npy", "byte 6: found version 4.0", npy(version=(4, 0)))
case("npy-version-1.1", "npy", "byte 6: found version 1.1", npy(version=(1, 1)))
case("npy-version-2-cut", "npy", "byte 10: found the end in the header's length", npy(version=(2, 0))[:11])
case("npy-header-cut", "npy", "byte 8: found header length", good[:40])
case("npy-header-4-GiB", "npy", "byte 8: found header length 4294967295, expected at most",
     npy(version=(2, 0), length=2**32 - 1))
case("npy-header-large", "npy", "found header length 70000, expected at most 65536",
     npy(version=(2, 0), text=" " * 69999, data=bytes(16)))
case("npy-header-empty", "npy", "(header): found '?', expected '{'", npy(text="", length=1))
case("npy-header-short", "npy", "found the end of the header, expected a key in quotes", npy(length=57))
case("npy-no-line-end", "npy", "found the end of the header, expected spaces and one line end", npy(length=59))
case("npy-after-header", "npy", "expected spaces and one line end", npy(
    text="{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)} {}"))
case("npy-list", "npy", "(header): found '[', expected '{'", npy(text="[]"))
case("npy-no-shape", "npy", "found no key shape", npy(text="{'descr': '<f4', 'fortran_order': False}"))
case("npy-shape-twice", "npy", "found key shape twice", npy(text="{'shape': (2,), 'shape': (2,)}"))
case("npy-unknown-key", "npy", "found key 'strides', expected descr", npy(text="{'strides': (2,)}"))
case("npy-call", "npy", "found 'e', expected a key in quotes", npy(text="{exit(): 1}"))
for text, why in (("'|O'", "'|O' (Python objects"), ("'<U5'", "'<U5' (strings)"), ("'<c8'", "'<c8' (complex numbers)"),
                  ("'<M8[ns]'", "(times)"), ("'>f4'", "'>f4' (big-endian numbers)"), ("'<f16'", "'<f16'"),
                  ("'f4'", "'f4'"), ("''", "''"), ("'\xe4'", "'?'")):
    case("npy-type-%d" % len(manifest), "npy", "found element type " + why if why[0] != "(" else why, npy(text))
case("npy-records", "npy", "found records, expected numbers of one type", npy("[('a', '<f4')]"))
case("npy-type-None", "npy", "found 'N', expected descr", npy("None"))
case("npy-fortran-1", "npy", "found '1', expected fortran_order as True or False", npy(fortran="1"))
case("npy-shape-no-tuple", "npy", "expected (N,)", npy(shape="(4)"))
case("npy-shape-list", "npy", "found '[', expected '(', shape as a tuple", npy(shape="[2, 2]"))
case("npy-shape-name", "npy", "found 'x', expected dimensions of shape", npy(shape="(x,)"))
case("npy-shape-negative", "npy", "found '-', expected dimensions of shape", npy(shape="(-1, 4)"))
case("npy-shape-float", "npy", "found '.', expected ',' or ')' in shape", npy(shape="(4.0,)"))
case("npy-shape-long", "npy", "found 'L', expected ',' or ')' in shape", npy(shape="(4L,)"))
case("npy-shape-octal", "npy", "found a dimension with leading zeros", npy(shape="(04,)"))
case("npy-shape-commas", "npy", "found ',', expected dimensions", npy(shape="(,)"))
case("npy-shape-2^63", "npy", "found a dimension beyond 2^63", npy(shape="(9223372036854775808,)"))
case("npy-shape-overflow", "npy", "that overflows", npy(shape="(4294967296, 4294967297)"))
case("npy-shape-overflow-to-16", "npy", "that overflows", npy(shape="(4611686018427387908,)"))
case("npy-shape-zero-overflow", "npy", "that overflows", npy(shape="(0, 4294967296, 4294967296)", data=b""))
case("npy-shape-ranks", "npy", "more than 64 dimensions", npy(shape="(" + "1, " * 65 + ")", data=bytes(4)))
case("npy-4-of-1000", "npy", "found 16 bytes of data, expected 4000 for (1000) of <f4", npy(shape="(1000,)"))
case("npy-no-data", "npy", "found 0 bytes of data, expected 16", npy(data=b""))
case("npy-one-byte-more", "npy", "found 17 bytes of data, expected 16", npy(data=bytes(17)))
case("npy-petabyte", "npy", "found 16 bytes of data, expected 4000000000000000", npy(shape="(1000000000, 1000000)"))

case("good.npz", "npz", "ok 1", one_array())
case("good-stored.npz", "npz", "ok 1", one_array(0))
case("good-none.npz", "npz", "ok 0", zip_file())
case("good-descriptor.npz", "npz", "ok 1", one_array(flags=8, local=changed(10, bytes(12))))
case("good-zeros.npz", "npz", "ok 1", zip_file(
    zip_member("a.npy", npy("'|u1'", shape="(3000000,)", data=bytes(3000000)))))
whole = one_array()
case("npz-empty", "npz", "byte 0: found an empty file, expected a .npz file", b"")
case("npz-npy", "npz", "byte 0: found a single .npy array", good)
case("npz-text", "npz", "byte 0: found other bytes, expected a .npz file, which is a zip archive", b"text " * 10)
case("npz-gzip", "npz", "byte 0: found other bytes", gz(whole))
case("npz-cut", "npz", "found no end record of the archive, expected one (is the file truncated?)", whole[:-23])
case("npz-cut-by-1", "npz", "is the file truncated?", whole[:-1])
case("npz-bytes-after", "npz", "found 7 bytes after the archive's end record", whole + b"1234567")
case("npz-comment", "npz", "bytes after the archive's end record", whole[:-2] + b"\5\0hello")
case("npz-comment-missing", "npz", "found a comment beyond the end of the file", whole[:-2] + b"\5\0")
case("npz-parts", "npz", "found a part of an archive of several files", whole[:-18] + b"\1\0" + whole[-16:])
case("npz-two-counts", "npz", "found two different numbers of members", whole[:-14] + b"\2\0" + whole[-12:])
case("npz-one-member-too-many", "npz", "found no entry of the directory, expected 2 of them",
     zip_file(zip_member("a.npy", good), count=2))
case("npz-one-member-too-few", "npz", "found bytes after the directory's 1 entries", zip_file(
    zip_member("a.npy", good), zip_member("b.npy", good), count=1))
case("npz-65534-members", "npz", "found 65534 members, expected at most 10000", zip_file(count=65534))
case("npz-zip64", "npz", "found an archive in the zip64 format", zip_file(count=65535))
case("npz-directory-elsewhere", "npz", "expected it to end at byte", whole[:-6] + struct.pack("<I", 4) + whole[-2:])
case("npz-directory-cut", "npz", "found a directory of", whole[:-10] + struct.pack("<I", 2**31) + whole[-6:])
case("npz-encrypted", "npz", "member \"a.npy\": found an encrypted member", one_array(flags=1))
case("npz-unknown-flags", "npz", "found unknown flags 32", one_array(flags=32))
case("npz-bzip2", "npz", "found compression method 12, expected 0 (stored) or 8 (deflate)", one_array(12))
case("npz-deflate64", "npz", "found compression method 9", one_array(9))
case("npz-zip64-member", "npz", "found a size in the zip64 format", one_array(size=2**32 - 1))
case("npz-foreign-member", "npz", "member \"readme.txt\": found a member that is no array", zip_file(
    zip_member("a.npy", good), zip_member("readme.txt", b"text")))
case("npz-directory-member", "npz", "member \"a/\": found a member that is no array", zip_file(zip_member("a/", b"")))
case("npz-no-name", "npz", "member \".npy\": found a member that is no array", zip_file(zip_member(".npy", good)))
case("npz-name-no-utf8", "npz", "found a name of a member that is no text", zip_file(zip_member(b"\xff.npy", good)))
case("npz-name-zero", "npz", "found a name of a member that is no text", zip_file(zip_member("a\0.npy", good)))
case("npz-name-beyond", "npz", "found an entry that goes beyond the directory", zip_file(
    zip_member("a.npy", good), directory=changed(28, b"\xff\xff")))
case("npz-name-twice", "npz", "member \"a.npy\": found its name twice", zip_file(
    zip_member("a.npy", good), zip_member("a.npy", good)))
inner = zip_member("b.npy", good, 0)
outer = npy("'|u1'", shape="(%d,)" % len(inner[0]), data=inner[0])
case("npz-overlap", "npz", "member \"b.npy\": found it inside member \"a.npy\"", zip_file(
    zip_member("a.npy", outer, 0), (b"", inner[1]), at=[0, 35 + len(outer) - len(inner[0])]))
case("npz-same-data", "npz", "found another name, flags or method in its header", zip_file(
    zip_member("a.npy", good), zip_member("b.npy", good), at=[0, 0]))
case("npz-no-local-header", "npz", "found no header of it at byte 1", zip_file(zip_member("a.npy", good), at=[1]))
case("npz-local-beyond", "npz", "found no header of it at byte 4294967294", zip_file(
    zip_member("a.npy", good), at=[2**32 - 2]))
case("npz-local-name", "npz", "found another name, flags or method", zip_file(
    zip_member("a.npy", good), directory=lambda e: e.replace(b"a.npy", b"b.npy")))
case("npz-local-crc", "npz", "found another CRC-32 or size in its header", one_array(local=changed(10, b"1234")))
case("npz-local-size", "npz", "found another CRC-32 or size in its header", one_array(local=changed(18, b"1234")))
case("npz-local-zip64-missing", "npz", "found no size of 64 bits in its header",
     one_array(local=changed(14, b"\xff" * 8)))
case("npz-data-beyond", "npz", "found data that goes beyond the directory", zip_file(
    zip_member("a.npy", good), directory=changed(20, struct.pack("<I", 100000))))
case("npz-crc", "npz", "found data that does not have the CRC-32 stored with it", one_array(crc=1))
case("npz-crc-stored", "npz", "found data that does not have the CRC-32 stored with it", one_array(0, crc=1))
case("npz-stored-sizes", "npz", "stored bytes, expected 9, the member's size", one_array(0, size=9))
case("npz-deflate-damaged", "npz", "found damaged deflate data (invalid block type)", one_array(packed=b"\7" * 50))
case("npz-deflate-cut", "npz", "found damaged deflate data (its end is missing)", zip_file(
    zip_member("a.npy", good, packed=zip_member("a.npy", good)[0][35:-8])))
case("npz-deflate-more", "npz", "found more data than the", zip_file(
    zip_member("a.npy", good, packed=zip_member("a.npy", good)[0][35:] + b"\0")))
case("npz-size-small", "npz", "found 15 bytes of data, expected 16", one_array(size=len(good) - 1))
case("npz-size-large", "npz", "found 17 bytes of data, expected 16", one_array(size=len(good) + 1))
case("npz-bomb", "npz", "as 40 bytes of deflate data cannot hold more", one_array(size=2**31, packed=bytes(40)))
gigabyte = npy("'|u1'", shape="(1000000000,)", data=b"")
case("npz-bomb-claimed", "npz", "found the end, expected %d bytes" % (10**9 + len(gigabyte)), zip_file(
    zip_member("a.npy", b"", size=10**9 + len(gigabyte),
               packed=zip_member("", gigabyte + bytes(10000))[0][30:] + bytes(10**6))))
case("npz-array-inside", "npz", "member \"a.npy\": byte 20 (header): found element type '|O' (Python objects", zip_file(
    zip_member("a.npy", npy("'|O'"))))

# ---------------------------------------------------------------- texts and tables

def csv(name, expected, content):
    case(name + ".csv", "csv", expected, content.encode() if isinstance(content, str) else content)


csv("good", "ok 2", "a,b\n1,2\n3,4\n")
csv("good-quotes", "ok 2", '"a ""b""",c\r\n"1",2\r\n3,"4"')
csv("good-bom", "ok 1", b"\xef\xbb\xbfa,\xc3\xa4\n1,2\n")
csv("good-gzip", "ok 100000", gz(b"a,b\n" + b"12345,67890\n" * 100000))
csv("good-wide", "ok 1", ",".join("c%d" % i for i in range(20000)) + "\n" + ",".join(["1"] * 20000))
csv("empty", "found an empty file, expected a table of at least one row", "")
csv("bom-only", "found an empty file", b"\xef\xbb\xbf")
csv("header-only", "found a header and no rows", "a,b\n")
csv("ragged-short", "line 3, column 2 (b): found 1 cells, expected 2 as in the first line", "a,b\n1,2\n3\n")
csv("ragged-long", "line 2, column 3: found 3 cells, expected 2", "a,b\n1,2,3\n")
csv("ragged-separator-at-the-end", "line 2, column 3: found 3 cells, expected 2", "a,b\n1,2,\n")
csv("empty-line", "line 3, column 1 (a): found an empty line, expected 2 cells", "a,b\n1,2\n\n3,4\n")
csv("empty-line-at-the-end", "line 3, column 1 (a): found an empty line", "a,b\n1,2\n\n")
csv("quote-without-end", "line 2, column 2 (b): found a quote without end", 'a,b\n1,"2\n3,4\n')
csv("quote-at-the-end", "line 2, column 2 (b): found a quote without end", 'a,b\n1,"')
csv("quote-inside", "line 2, column 1 (a): found a quote inside a cell", 'a,b\n1"2",3\n')
csv("text-after-quote", "line 2, column 1 (a): found text after a closing quote", 'a,b\n"1" ,3\n')
csv("carriage-return", "line 1, column 2: found a carriage return", "a,b\r1,2\r3,4\r")
csv("carriage-return-inside", "line 2, column 1 (a): found a carriage return", "a,b\n1\r2,3\n")
csv("text-cell", 'line 3, column 2 (b): found "x", expected a number', "a,b\n1,2\n3,x\n")
csv("space", 'line 2, column 2 (b): found " 2", expected a number', "a,b\n1, 2\n")
csv("comma-for-point", 'found "1,5", expected a number', 'a,b\n"1,5",2\n')
csv("hexadecimal", 'found "0x10", expected a number', "a,b\n0x10,2\n")
csv("empty-cell", "line 2, column 2 (b): found an empty cell, expected a number", "a,b\n1,\n")
csv("nan", 'found "nan", expected a number', "a,b\nnan,2\n")
csv("infinity", 'found "inf", expected a finite number', "a,b\ninf,2\n")
csv("overflow", 'found "1e309", expected a number in the range of double', "a,b\n1e309,2\n")
csv("long-cell", 'found "%s...", expected a number' % ("x" * 40), "a,b\n%s,2\n" % ("x" * 100000))
csv("other-separator", 'line 2, column 1 (a;b): found "1;2", expected a number', "a;b\n1;2\n")
csv("zero-byte", "byte 5: found a zero byte", b"a,b\n1\0,2\n")
csv("no-utf8", "byte 4 (line 2): found a character that is cut off", b"a,b\n\xe4,2\n")
csv("utf16", "byte 0: found UTF-16, expected UTF-8", "a,b\n1,2\n".encode("utf-16"))
csv("binary", "expected UTF-8", bytes(range(1, 256)))
csv("quotes-only", "found a quote without end", '"' * 999999)
csv("separators-only", "found a header and no rows", "," * 1000000)
csv("html", "line 2, column 2: found 2 cells, expected 1", "<html>\n<body>,\n")
csv("gzip-cut", "found the end of the file inside the gzip data", gz(b"a,b\n1,2\n")[:-4])

case("good.txt", "text", "ok 14", "\u00e4\u4e2d\U0001f600 text".encode())
for name, bad in (("overlong", b"\xc0\xaf"), ("overlong-3", b"\xe0\x9f\xbf"), ("overlong-4", b"\xf0\x8f\xbf\xbf"),
                  ("surrogate", b"\xed\xa0\x80"), ("above", b"\xf4\x90\x80\x80"), ("latin1", b"\xe4 "),
                  ("continuation", b"\x80"), ("cut", b"\xe2\x82"), ("byte-ff", b"\xff")):
    case("text-%s.txt" % name, "text", "byte 3 (line 2): found", b"ab\n" + bad)
case("text-zero.txt", "text", "byte 2: found a zero byte", b"ab\0")

with open(os.path.join(directory, "manifest.tsv"), "w", encoding="ascii") as f:
    for row in manifest:
        f.write("\t".join(row) + "\n")
