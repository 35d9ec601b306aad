#!/bin/sh
# Makes the dbt files of this directory from a small project with checks that pass, warn, fail, break and are skipped.
#
#     python3 -m venv VENV && VENV/bin/pip install dbt-core==1.11.16 dbt-duckdb==1.11.1
#     ./make_dbt.sh VENV/bin/dbt            makes build.json, test.json, sources.json, compile.json
#     python3 -m venv OLD && OLD/bin/pip install dbt-core==1.5.11 dbt-duckdb==1.5.2
#     ./make_dbt.sh OLD/bin/dbt 1.5         makes test-1.5.json, sources-1.5.json
#
# The files are what dbt writes to target/, unchanged. The project is in /srv/example, because dbt writes its paths down.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dbt=$(cd "$(dirname "$1")" && pwd)/dbt
older=${2:-}
export DBT_PROFILES_DIR=/srv/example/shop DO_NOT_TRACK=1 TZ=UTC
rm -rf /srv/example/shop
mkdir -p /srv/example/shop/models /srv/example/shop/seeds /srv/example/shop/tests
cd /srv/example/shop || exit 1

cat > dbt_project.yml <<'END'
name: shop
version: "1.0"
profile: shop
models:
  shop:
    +materialized: table
END
cat > profiles.yml <<'END'
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: shop.duckdb, threads: 1}
END
cat > seeds/orders.csv <<'END'
order_id,customer_id,status,amount
1,10,placed,12.5
2,11,shipped,99.0
3,,lost,7.0
3,12,placed,-4.0
END
cat > models/features.sql <<'END'
select customer_id, count(*) as orders, sum(amount) as spend from {{ ref('orders') }} group by customer_id
END
cat > models/scores.sql <<'END'
select customer_id, no_such_column as score from {{ ref('features') }}
END
cat > models/events_late.sql <<'END'
select 1 as id, cast('2026-01-05 08:00:00' as timestamp) as loaded_at
END
cat > models/events_fresh.sql <<'END'
select 1 as id, cast(current_timestamp at time zone 'UTC' as timestamp) as loaded_at
END
cat > tests/no_negative_spend.sql <<'END'
select * from {{ ref('features') }} where spend < 0
END
cat > tests/spend_is_readable.sql <<'END'
select cast('many' as integer) as spend from {{ ref('features') }}
END
cat > models/schema.yml <<'END'
version: 2
seeds:
  - name: orders
    columns:
      - name: order_id
        tests:
          - unique: {tags: [keys]}
          - not_null
      - name: customer_id
        tests:
          - not_null: {severity: warn, store_failures: true}
          - relationships: {to: ref('features'), field: customer_id}
      - name: status
        tests: [accepted_values: {values: [placed, shipped, returned]}]
models:
  - name: scores
    columns:
      - name: score
        tests: [not_null]
sources:
  - name: raw
    schema: main
    loaded_at_field: loaded_at
    freshness: {warn_after: {count: 1, period: day}, error_after: {count: 30, period: day}}
    tables:
      - name: events_fresh
      - name: events_late
      - name: events_soon
        identifier: events_late
        freshness: {warn_after: {count: 1, period: day}, error_after: {count: 100000, period: day}}
      - name: events_gone
END
if [ "$older" ]; then
    "$dbt" seed
    "$dbt" run
    "$dbt" test
    cp target/run_results.json "$here/test-$older.json"
    "$dbt" source freshness
    cp target/sources.json "$here/sources-$older.json"
    exit
fi
cat > models/unit.yml <<'END'
unit_tests:
  - name: features_count_orders
    model: features
    given:
      - input: ref('orders')
        rows: [{order_id: 1, customer_id: 10, status: placed, amount: 1.0}]
    expect:
      rows: [{customer_id: 10, orders: 2, spend: 1.0}]
END
"$dbt" build
cp target/run_results.json "$here/build.json"
"$dbt" run
"$dbt" test
cp target/run_results.json "$here/test.json"
"$dbt" source freshness
cp target/sources.json "$here/sources.json"
"$dbt" compile
cp target/run_results.json "$here/compile.json"
