package parquet

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Int is the value of a column of whole numbers.
func (v Value) Int() int64 { return int64(v.bits) }

// Format writes a value as text: numbers in the fewest digits that tell them from others, dates and times as ISO 8601
// does, text as it is, and bytes that are no text in hexadecimal. A null, and a number that is none, is "".
func (c Column) Format(v Value) string {
	if v.Null {
		return ""
	}
	switch c.Kind {
	case Boolean:
		return strconv.FormatBool(v.bits != 0)
	case Int32, Int64:
		return c.formatInt(v)
	case Float:
		return formatFloat(float64(math.Float32frombits(uint32(v.bits))), 32)
	case Double:
		return formatFloat(math.Float64frombits(v.bits), 64)
	case Int96:
		return formatInt96(v.Bytes)
	}
	switch {
	case c.meaning == decimalValue:
		return decimal(signedBytes(v.Bytes), c.scale)
	case c.meaning == uuidValue && len(v.Bytes) == 16:
		h := hex.EncodeToString(v.Bytes)
		return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
	case c.meaning == float16Value && len(v.Bytes) == 2:
		return formatFloat(float16Of(v.Bytes), 32)
	case utf8.Valid(v.Bytes):
		return string(v.Bytes)
	}
	return hex.EncodeToString(v.Bytes)
}

func (c Column) formatInt(v Value) string {
	n := v.Int()
	switch c.meaning {
	case unsignedValue:
		if c.Kind == Int32 {
			return strconv.FormatUint(uint64(uint32(n)), 10)
		}
		return strconv.FormatUint(uint64(n), 10)
	case decimalValue:
		return decimal(big.NewInt(n), c.scale)
	case dateValue:
		if abs := max(n, -n); abs < 1e7 {
			return time.Unix(0, 0).UTC().AddDate(0, 0, int(n)).Format(time.DateOnly)
		}
	case timeValue, timestampValue:
		if c.unit > 0 {
			whole, part := n/c.unit, n%c.unit
			if part < 0 {
				whole, part = whole-1, part+c.unit
			}
			at := time.Unix(whole, part*(nano/c.unit)).UTC()
			if c.meaning == timeValue {
				return at.Format("15:04:05.999999999")
			}
			if year := at.Year(); year >= 0 && year <= 9999 {
				return at.Format("2006-01-02T15:04:05.999999999Z")
			}
		}
	}
	return strconv.FormatInt(n, 10)
}

func formatFloat(f float64, size int) string {
	if math.IsNaN(f) {
		return ""
	}
	if math.Abs(f) >= 1e-4 && math.Abs(f) < 1e15 || f == 0 {
		return strconv.FormatFloat(f, 'f', -1, size)
	}
	return strconv.FormatFloat(f, 'g', -1, size)
}

// formatInt96 writes a time as older writers store it: nanoseconds of the day, then the Julian day.
func formatInt96(b []byte) string {
	if len(b) != 12 {
		return ""
	}
	var nanos, day int64
	for i := range 8 {
		nanos |= int64(b[i]) << (8 * i)
	}
	for i := range 4 {
		day |= int64(b[8+i]) << (8 * i)
	}
	const epoch = 2_440_588
	if nanos < 0 || nanos >= 24*3600*nano || day > 1e7 {
		return hex.EncodeToString(b)
	}
	return time.Unix((day-epoch)*24*3600, nanos).UTC().Format("2006-01-02T15:04:05.999999999Z")
}

func signedBytes(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b[:min(len(b), 64)])
	if len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*min(len(b), 64))))
	}
	return n
}

// decimal writes n / 10^scale.
func decimal(n *big.Int, scale int) string {
	digits := new(big.Int).Abs(n).String()
	if scale > 0 {
		if len(digits) <= scale {
			digits = strings.Repeat("0", scale-len(digits)+1) + digits
		}
		at := len(digits) - scale
		digits = fmt.Sprintf("%s.%s", digits[:at], digits[at:])
	}
	if n.Sign() < 0 {
		return "-" + digits
	}
	return digits
}
