/** The functions that write what requests took, and that keep what is held true. */
export function settleFunctions(schema: string): string {
  return `
-- Gives free what is held for these requests. Whoever locks several meters does so in the order of their keys.
CREATE FUNCTION ${schema}.accounts_release_1(p_requests text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM ${schema}.accounts_meters
    WHERE key IN (SELECT key FROM ${schema}.accounts_holds WHERE request = ANY (p_requests)) ORDER BY key FOR UPDATE;
  WITH gone AS (
    DELETE FROM ${schema}.accounts_holds WHERE request = ANY (p_requests) RETURNING key, amount
  ), sums AS (SELECT key, sum(amount) AS amount, count(*) AS requests FROM gone GROUP BY key)
  UPDATE ${schema}.accounts_meters m
    SET held = greatest(0, m.held - s.amount), running = greatest(0, m.running - s.requests)
    FROM sums s WHERE m.key = s.key;
END $$;

-- Holds again what a replica still answers, after the server forgot it or took the replica for dead.
CREATE FUNCTION ${schema}.accounts_hold_1(p_replica text, p_requests text[], p_keys text[], p_amounts bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ${schema}.accounts_meters (key) SELECT DISTINCT unnest(p_keys) ORDER BY 1 ON CONFLICT DO NOTHING;
  PERFORM 1 FROM ${schema}.accounts_meters WHERE key = ANY (p_keys) ORDER BY key FOR UPDATE;
  WITH made AS (
    INSERT INTO ${schema}.accounts_holds (request, key, replica, amount)
      SELECT t.request, t.key, p_replica, t.amount FROM unnest(p_requests, p_keys, p_amounts) AS t(request, key, amount)
      ON CONFLICT DO NOTHING RETURNING key, amount
  ), sums AS (SELECT key, sum(amount) AS amount, count(*) AS requests FROM made GROUP BY key)
  UPDATE ${schema}.accounts_meters m SET held = m.held + s.amount, running = m.running + s.requests
    FROM sums s WHERE m.key = s.key;
END $$;

-- A batch of settlements, whole, and only the first time that it comes.
CREATE FUNCTION ${schema}.accounts_settle_1(
  p_batch text, p_released text[],
  p_hours float8[], p_keys text[], p_models text[], p_upstreams text[], p_requests bigint[], p_inputs bigint[],
  p_cached bigint[], p_outputs bigint[], p_costs bigint[], p_estimated bigint[],
  p_spent_keys text[], p_months text[], p_spent bigint[],
  p_token_keys text[], p_tokens bigint[], p_now float8) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  m ${schema}.accounts_meters;
  used record;
BEGIN
  INSERT INTO ${schema}.accounts_batches (id) VALUES (p_batch) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN; END IF;
  -- All meters at once and in order: what follows locks none that is not locked already.
  INSERT INTO ${schema}.accounts_meters (key) SELECT DISTINCT unnest(p_token_keys) ORDER BY 1 ON CONFLICT DO NOTHING;
  PERFORM 1 FROM ${schema}.accounts_meters
    WHERE key IN (
      SELECT key FROM ${schema}.accounts_holds WHERE request = ANY (p_released)
      UNION SELECT unnest(p_token_keys))
    ORDER BY key FOR UPDATE;
  PERFORM ${schema}.accounts_release_1(p_released);
  FOR used IN SELECT * FROM unnest(p_token_keys, p_tokens) AS u(key, tokens) ORDER BY 1 LOOP
    m := ${schema}.accounts_meter_1(used.key, p_now);
    m.tokens[m.second % 61 + 1] := m.tokens[m.second % 61 + 1] + used.tokens;
    UPDATE ${schema}.accounts_meters a SET second = m.second, requests = m.requests, tokens = m.tokens,
      requests_sum = m.requests_sum, tokens_sum = m.tokens_sum + used.tokens WHERE a.key = used.key;
  END LOOP;
  INSERT INTO ${schema}.accounts_spent AS s (key, month, spent)
    SELECT * FROM unnest(p_spent_keys, p_months, p_spent) ORDER BY 1, 2
    ON CONFLICT (key, month) DO UPDATE SET spent = s.spent + excluded.spent;
  INSERT INTO ${schema}.accounts_usage AS u
    SELECT to_timestamp(t.hour), t.key, t.model, t.upstream, t.requests, t.inputs, t.cached, t.outputs, t.cost, t.estimated
      FROM unnest(p_hours, p_keys, p_models, p_upstreams, p_requests, p_inputs, p_cached, p_outputs, p_costs, p_estimated)
        AS t(hour, key, model, upstream, requests, inputs, cached, outputs, cost, estimated)
      ORDER BY 1, 2, 3, 4
    ON CONFLICT (hour, key, model, upstream) DO UPDATE SET
      requests = u.requests + excluded.requests, input_tokens = u.input_tokens + excluded.input_tokens,
      cached_input_tokens = u.cached_input_tokens + excluded.cached_input_tokens,
      output_tokens = u.output_tokens + excluded.output_tokens, cost = u.cost + excluded.cost,
      estimated = u.estimated + excluded.estimated;
END $$;

-- A replica lives. Drops what dead ones hold; says whether this one was known, how much it holds, and whether there are keys.
CREATE FUNCTION ${schema}.accounts_beat_1(
  p_replica text, p_dead_seconds float8, OUT known boolean, OUT holds bigint, OUT keeps_keys boolean)
LANGUAGE plpgsql AS $$
DECLARE
  since timestamptz := clock_timestamp() - make_interval(secs => p_dead_seconds);
  dead text[];
BEGIN
  INSERT INTO ${schema}.accounts_replicas AS r (id, seen_at) VALUES (p_replica, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
    RETURNING r.xmax <> 0 INTO known;
  SELECT array_agg(h.request) INTO dead FROM ${schema}.accounts_holds h
    WHERE h.at < since AND NOT EXISTS (
      SELECT 1 FROM ${schema}.accounts_replicas r WHERE r.id = h.replica AND r.seen_at >= since);
  IF dead IS NOT NULL THEN PERFORM ${schema}.accounts_release_1(dead); END IF;
  DELETE FROM ${schema}.accounts_replicas WHERE id IN (
    SELECT id FROM ${schema}.accounts_replicas WHERE seen_at < since FOR UPDATE SKIP LOCKED);
  DELETE FROM ${schema}.accounts_batches WHERE id IN (
    SELECT id FROM ${schema}.accounts_batches WHERE at < clock_timestamp() - interval '1 day' LIMIT 10000
    FOR UPDATE SKIP LOCKED);
  SELECT count(*) INTO holds FROM ${schema}.accounts_holds h
    WHERE h.replica = p_replica AND h.at < clock_timestamp() - interval '10 seconds';
  keeps_keys := EXISTS (SELECT 1 FROM ${schema}.accounts_keys);
END $$;`;
}
