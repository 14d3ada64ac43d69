# Two thousand processes, of which a few live at a time; none of them may be refused.
count=0
while [ $count -lt 1000 ]; do
    /bin/true & /bin/true & wait
    count=$((count + 1))
done
echo $((2 * count))
