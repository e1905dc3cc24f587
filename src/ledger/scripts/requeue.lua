--@include line over reply
if isOverdue() then return now end
local id = request.work
local work = workOf(id)
if not work or not work.queue or work.phase ~= 'waiting' then return reply({ type = 'not-waiting' }) end
local queue = openQueue(request.queue, work.channel)
if not queue then return reply({ type = 'unknown-queue' }) end
if request.queue ~= work.queue and isFull(request.queue, queue) then return reply({ type = 'full' }) end
local left = work.queue
leaveLine(id, work)
local result = placeInLine(id, work, request.queue, queue)
dropIfOver(left)
return reply(result)
