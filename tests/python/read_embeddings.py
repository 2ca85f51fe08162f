"""Reads the topic of embeddings with nothing of Sentence Streams: kafka-python, and fastavro for Avro.

    pip install kafka-python fastavro
    python read_embeddings.py --bootstrap-server localhost:9092 --topic embeddings --format json
    python read_embeddings.py --bootstrap-server localhost:9092 --topic embeddings --format avro \\
        --schema Embedding.avsc
    python read_embeddings.py ... --format confluent --registry http://localhost:8081

`avro` is Avro's single-object encoding, `confluent` the wire format of a schema registry. With --file the
values come from a file instead of a broker, each behind its length in four bytes, big endian. Prints one line
for each embedding: its id, its dimension, its first values.
"""

import argparse
import io
import json
import struct
import sys
import urllib.request

SINGLE_OBJECT = b"\xc3\x01"


def json_decoder(_args):
    return json.loads


def avro_decoder(args):
    import fastavro
    import fastavro.schema

    with open(args.schema, encoding="utf-8") as file:
        definition = json.load(file)
    schema = fastavro.parse_schema(definition)
    canonical = fastavro.schema.to_parsing_canonical_form(definition)
    # the fingerprint is printed in the byte order in which it is written
    fingerprint = bytes.fromhex(fastavro.schema.fingerprint(canonical, "CRC-64-AVRO"))

    def decode(value):
        if value[:2] != SINGLE_OBJECT:
            raise ValueError(f"not Avro's single-object encoding: begins with {value[:2].hex(' ')}")
        if value[2:10] != fingerprint:
            raise ValueError(f"written with schema {value[2:10].hex()}, but {args.schema} is {fingerprint.hex()}")
        return fastavro.schemaless_reader(io.BytesIO(value[10:]), schema)

    return decode


def confluent_decoder(args):
    import fastavro

    schemas = {}

    def decode(value):
        magic, schema_id = struct.unpack_from(">bi", value)
        if magic != 0:
            raise ValueError(f"not the wire format of a registry: begins with {value[:1].hex()}")
        if schema_id not in schemas:
            with urllib.request.urlopen(f"{args.registry}/schemas/ids/{schema_id}") as response:
                schemas[schema_id] = fastavro.parse_schema(json.loads(json.load(response)["schema"]))
        return fastavro.schemaless_reader(io.BytesIO(value[5:]), schemas[schema_id])

    return decode


DECODERS = {"json": json_decoder, "avro": avro_decoder, "confluent": confluent_decoder}


def values_of_file(path):
    with open(path, "rb") as file:
        while length := file.read(4):
            yield file.read(struct.unpack(">i", length)[0])


def values_of_topic(args):
    import kafka

    consumer = kafka.KafkaConsumer(
        args.topic,
        bootstrap_servers=args.bootstrap_server,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        consumer_timeout_ms=int(args.timeout * 1000),
    )
    try:
        for record in consumer:
            if record.value is not None:  # a tombstone deletes the embedding of its key
                yield record.value
    finally:
        consumer.close()


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--bootstrap-server", help="address of a broker")
    source.add_argument("--file", help="values in a file instead")
    parser.add_argument("--topic", default="embeddings")
    parser.add_argument("--format", choices=DECODERS, default="json")
    parser.add_argument("--schema", help="Embedding.avsc, for avro")
    parser.add_argument("--registry", help="address of the registry, for confluent")
    parser.add_argument("--max", type=int, default=None, help="stop after this many")
    parser.add_argument("--timeout", type=float, default=5.0, help="stop after as many idle seconds")
    args = parser.parse_args()
    if args.format == "avro" and not args.schema:
        parser.error("--format avro needs --schema")
    if args.format == "confluent" and not args.registry:
        parser.error("--format confluent needs --registry")
    return args


def main():
    args = parse_arguments()
    decode = DECODERS[args.format](args)
    values = values_of_file(args.file) if args.file else values_of_topic(args)
    count = 0
    for value in values:
        embedding = decode(value)
        vector = embedding["vector"]
        first = " ".join(f"{x:.6g}" for x in vector[:4])
        print(f"{embedding['id']}\t{len(vector)}\t{first}")
        count += 1
        if count == args.max:
            break
    print(f"{count} embeddings", file=sys.stderr)
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main())
