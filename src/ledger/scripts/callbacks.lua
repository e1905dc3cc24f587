-- The book of who waits to be called back (callback-book.ts says what each operation means). A script of its own, since
-- none of it is needed where calls are matched.
--
-- Key   a hash: 'queue number' -> the call back (JSON), the controller that keeps it, and until when it is heard of.
-- Args  operation, node, now ('' asks the store's own clock), request (JSON), how long one is kept without a word (ms).
local key, operation, node, now = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local request, lease = cjson.decode(ARGV[4]), tonumber(ARGV[5])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local function nameOf(callback) return callback.queue .. ' ' .. callback.number end

local function isOver(entry) return math.max(entry.leaseMs, entry.callback.untilMs) <= now end

local function find(callback)
  local stored = redis.call('HGET', key, nameOf(callback))
  local entry = stored and cjson.decode(stored)
  if entry and not isOver(entry) then return entry end
end

local function write(entry)
  redis.call('HSET', key, nameOf(entry.callback), cjson.encode(entry))
  -- Of a site that is no more nothing stays.
  local left = entry.callback.untilMs - now + lease
  if redis.call('PTTL', key) < left then redis.call('PEXPIRE', key, left) end
end

local function put(callback) write({ callback = callback, node = node, leaseMs = now + lease }) end

local function isOurs(entry, callback) return entry.callback.call == callback.call and entry.node == node end

local function all()
  local entries, stored = {}, redis.call('HGETALL', key)
  for at = 2, #stored, 2 do entries[#entries + 1] = cjson.decode(stored[at]) end
  return entries
end

local operations = {}

function operations.claim()
  local known = find(request)
  if known and known.callback.call ~= request.call and not known.isCancelled then
    return { type = 'known', call = known.callback.call }
  end
  put(request)
  return { type = 'claimed' }
end

function operations.resume()
  local known = find(request)
  if not known or known.isCancelled or known.callback.call == request.call then return {} end
  if request.from and known.callback.call ~= request.from then return {} end
  local before = known.callback.call
  known.callback.call = request.call
  put(known.callback)
  known.callback.call = before
  return { callback = known.callback }
end

function operations.isKept()
  local known = find(request)
  return { isKept = known ~= nil and isOurs(known, request) and not known.isCancelled }
end

function operations.drop()
  local known = find(request)
  if known and known.callback.call == request.call then redis.call('HDEL', key, nameOf(request)) end
  return {}
end

function operations.keep()
  local lost, cancelled, takenOver = {}, {}, {}
  for _, own in ipairs(request.callbacks) do
    local known = find(own)
    if known and not isOurs(known, own) then
      lost[#lost + 1] = own.call
    elseif known and known.isCancelled then
      cancelled[#cancelled + 1] = own.call
      redis.call('HDEL', key, nameOf(own))
    else
      put(own)
    end
  end
  for _, entry in ipairs(all()) do
    if entry.leaseMs <= now then
      if entry.isCancelled or entry.callback.untilMs <= now then
        redis.call('HDEL', key, nameOf(entry.callback))
      else
        put(entry.callback)
        takenOver[#takenOver + 1] = entry.callback
      end
    end
  end
  return { lost = lost, cancelled = cancelled, takenOver = takenOver }
end

function operations.leave()
  for _, own in ipairs(request.callbacks) do
    local known = find(own)
    if known and isOurs(known, own) then
      known.leaseMs = 0
      write(known)
    end
  end
  return {}
end

function operations.cancel()
  for _, entry in ipairs(all()) do
    if entry.callback.call == request.call and not isOver(entry) and not entry.isCancelled then
      entry.isCancelled = true
      write(entry)
      return { isCancelled = true }
    end
  end
  return { isCancelled = false }
end

function operations.list()
  local found = {}
  for _, entry in ipairs(all()) do
    if not isOver(entry) and not entry.isCancelled then
      entry.callback.node = entry.node
      found[#found + 1] = entry.callback
    end
  end
  return { callbacks = found }
end

return cjson.encode(operations[operation]())
