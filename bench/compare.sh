#!/bin/sh
# Compares backend/simd with PyTorch on the same machine, in one run: the two
# take turns for some rounds, and the best of each counts.
#
#   bench/compare.sh [-r ROUNDS] [-l avx512|avx2|portable] [-m NAME|NAME...] [-o FOLDER]
#
# -m takes only some of the benchmarks, -o keeps what both sides printed.
# PyTorch and OpenBLAS are installed with apt-get where they are missing.
set -eu

rounds=3 level=${GOMLX_SIMD:-} match='Gemm|Conv|MLPStep|FlowStep|AutoencoderStep|Tanh' folder=
while getopts r:l:m:o: option; do
	case $option in
	r) rounds=$OPTARG ;;
	l) level=$OPTARG ;;
	m) match=$OPTARG ;;
	o) folder=$OPTARG ;;
	*) exit 2 ;;
	esac
done
cd "$(dirname "$0")/.."

if ! /usr/bin/python3 -c 'import torch' 2>/dev/null; then
	apt-get install -y -q python3-torch libopenblas0-pthread
fi
if [ -z "$level" ]; then
	level=portable
	if grep -qw avx512vl /proc/cpuinfo; then
		level=avx512
	elif grep -qw avx2 /proc/cpuinfo; then
		level=avx2
	fi
fi
if [ -z "$folder" ]; then
	folder=$(mktemp -d)
	trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
go test -c -o "$folder/kernel.test" ./backend/simd/kernel
go test -c -o "$folder/simd.test" ./backend/simd

export OPENBLAS_CORETYPE=SKYLAKEX GOMLX_SIMD="$level" GOMAXPROCS=2
round=1
while [ "$round" -le "$rounds" ]; do
	echo "round $round of $rounds" >&2
	for side in go torch; do
		if [ $side = torch ]; then
			/usr/bin/python3 bench/reference.py "^($match)(/|\$)" >"$folder/torch$round.txt"
			continue
		fi
		# Tests run in their package's folder, as under go test.
		(cd backend/simd/kernel && "$folder/kernel.test" -test.run '^$' -test.benchtime 1s \
			-test.bench "^Benchmark($match)\$/^$level\$") >"$folder/go$round.txt"
		(cd backend/simd && "$folder/simd.test" -test.run '^$' -test.benchtime 1s \
			-test.bench "^Benchmark($match)\$") >>"$folder/go$round.txt"
	done
	round=$((round + 1))
done
grep -m1 'model name' /proc/cpuinfo | sed 's/.*: /Processor: /'
echo "Level: $level"
echo
/usr/bin/python3 bench/compare.py "$folder"
