--@include line reply
if isOverdue() then return now end
local id = request.work
if call('HEXISTS', worksKey, id) == 1 then return reply({ type = 'duplicate' }) end
local queue = openQueue(request.queue, request.channel)
if not queue then return reply({ type = 'unknown-queue' }) end
if isFull(request.queue, queue) then return reply({ type = 'full' }) end
local work = {
  channel = request.channel,
  priority = request.priority or 0,
  enqueuedAt = request.enqueuedAt or now,
  arrival = call('HINCRBY', metaKey, 'arrivals', 1),
  ttl = request.offerTtlMs,
  attempt = 0,
  phase = 'waiting',
  owner = node,
}
return reply(placeInLine(id, work, request.queue, queue))
