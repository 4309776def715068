#!/bin/sh
# What a traced child may write among the records: a line, a line without its end, one like a map.
sleep 0.2
echo from the child
printf unfinished
sleep 0.3
echo @fake: 1
