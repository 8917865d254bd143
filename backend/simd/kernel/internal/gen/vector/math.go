package main

import "math"

// The functions below reduce their argument to a short interval and evaluate a polynomial there. The coefficients are
// minimax fits of the relative error of the function, made for this package and rounded to float32 one after the
// other, from the lowest; errors are given where they are used.

// ln2 in two parts: products of the first with integers below 2**9 are exact.
const (
	ln2High = 0x1.62e4p-1
	ln2Low  = math.Ln2 - ln2High
)

// expm1Coefficients c give exp(r)-1 = r + r*r*c(r) for |r| <= ln(2)/2, to 4e-10.
var expm1Coefficients = []float64{
	0x1p-1, 0x1.555554p-3, 0x1.5554f8p-5, 0x1.1112d6p-7, 0x1.6d3a5ep-10, 0x1.9e77eep-13,
}

// logCoefficients c give log(1+f) = f - f*f/2 + f*f*f*c(f) for 1+f from sqrt(1/2) to sqrt(2), to 6e-9.
var logCoefficients = []float64{
	0x1.555554p-2, -0x1.000226p-2, 0x1.99a01ap-3, -0x1.547288p-3, 0x1.22d96ep-3, -0x1.0d82a4p-3, 0x1.055ce8p-3, -0x1.38c2a6p-4,
}

// sinCoefficients c give sin(r) = r + r**3*c(r*r) and cosCoefficients d give cos(r) = 1 - r*r/2 + r**4*d(r*r), for
// |r| <= pi/4, both to 2e-10.
var (
	sinCoefficients = []float64{-0x1.555556p-3, 0x1.111174p-7, -0x1.a0595ep-13, 0x1.7c3226p-19}
	cosCoefficients = []float64{0x1.55554ap-5, -0x1.6c0c28p-10, 0x1.99e816p-16}
)

// erfCoefficients c give erf(x) = x + x*c(x*x) for |x| <= 0.92, to 9e-10, and erfcCoefficients d give erfc(x) =
// exp(-d(x)) for x from 0.92 to 4, to 1e-10 of erf(x).
var (
	erfCoefficients = []float64{
		0x1.06eba8p-3, -0x1.812740p-2, 0x1.ce2d64p-4, -0x1.b8011ap-6, 0x1.544a1ap-8, -0x1.a60a2ep-11, 0x1.4f6760p-14,
	}
	erfcCoefficients = []float64{
		-0x1.62d950p-13, 0x1.212626p+0, 0x1.444d26p-1, 0x1.bb44dap-4, -0x1.9aea1ep-6, 0x1.105f2ep-8, -0x1.c44c0cp-12, 0x1.5d5be2p-16,
	}
)

// reduceExp splits x = n*ln(2) + r with n whole and returns n and exp(r)-1.
func (m *machine) reduceExp(x vec) (n, p vec) {
	n = m.round(m.mul(x, m.num(math.Log2E)), toNearestEven)
	r := m.subMul(m.copy(x), n, m.num(ln2High))
	r = m.subMul(r, n, m.num(ln2Low))
	p = m.polynomial(r, expm1Coefficients...)
	return n, m.addMul(r, m.mul(r, r), p)
}

// clamp limits x and leaves NaN as it is.
func (m *machine) clamp(x vec, low, high float64) vec {
	return m.max(m.num(low), m.min(m.num(high), x))
}

// exp returns e**x: beyond the range of float32 that is 0 or infinite.
func (m *machine) exp(x vec) vec {
	n, p := m.reduceExp(m.clamp(x, -104, 89))
	return m.scale(m.add(p, m.num(1)), n)
}

// expm1 returns e**x - 1 as 2*(t*(p+1) - 1/2) with t = 2**(n-1), which does not overflow before the result does.
func (m *machine) expm1(x vec) vec {
	n, p := m.reduceExp(m.clamp(x, -60, 89))
	t := m.power2(m.subInt(m.toInt(n), m.bits(1)))
	half := m.addMul(m.sub(t, m.num(0.5)), t, p)
	y := m.add(half, half)
	// Zero keeps its sign.
	return m.pick(m.compare(equal, x, m.num(0)), x, y)
}

// tanh returns q/(q+2) with q = exp(2|x|)-1 and the sign of x.
func (m *machine) tanh(x vec) vec {
	a := m.min(m.num(10), m.abs(x))
	n, p := m.reduceExp(m.add(a, a))
	t := m.power2(m.toInt(n))
	q := m.addMul(m.sub(t, m.num(1)), t, p)
	y, rest := m.quotient(q, q, m.num(2))
	// 1/(q+2) is (1-y)/2, as long as that has digits left.
	inverse := m.subMul(m.copy(m.num(0.5)), y, m.num(0.5))
	y = m.addMul(y, rest, m.keep(m.compare(less, q, m.num(16)), inverse))
	return m.or(y, m.signBit(x))
}

// quotient returns y = a/(b+c), rounded, and a - y*(b+c), which is what a sum and a quotient without rounding would
// still have to divide. b is at most 8c.
func (m *machine) quotient(a, b, c vec) (y, rest vec) {
	d := m.add(b, c)
	lost := m.add(b, m.sub(c, d))
	y = m.div(a, d)
	rest = m.subMul(m.copy(a), y, d)
	return y, m.subMul(rest, y, lost)
}

// logistic returns 1/(1+exp(-x)), for negative x as exp(x)/(1+exp(x)): the exponential never overflows.
func (m *machine) logistic(x vec) vec {
	z := m.exp(m.or(x, m.bits(0x80000000)))
	y, rest := m.quotient(m.pick(m.signs(x), z, m.num(1)), z, m.num(1))
	// 1/(z+1) is y for positive x and 1-y for negative x.
	return m.addMul(y, rest, m.pick(m.signs(x), m.sub(m.num(1), y), y))
}

// reduceLog splits positive finite x = 2**e * (1+f) with 1+f from sqrt(1/2) to sqrt(2).
func (m *machine) reduceLog(x vec) (e, f vec) {
	tiny := m.compare(less, x, m.num(0x1p-126))
	x = m.pick(tiny, m.mul(x, m.num(0x1p23)), x)
	i := m.shiftRight(m.subInt(x, m.num(math.Sqrt2/2)), 23)
	e = m.sub(m.toFloat(i), m.keep(tiny, m.num(23)))
	f = m.sub(m.subInt(x, m.shiftLeft(i, 23)), m.num(1))
	return e, f
}

// logParts returns log(x) as a sum of three parts, the greatest last.
func (m *machine) logOf(e, f vec) vec {
	square := m.mul(f, f)
	p := m.polynomial(f, logCoefficients...)
	y := m.mul(m.mul(p, f), square)
	y = m.addMul(y, e, m.num(ln2Low))
	y = m.subMul(y, square, m.num(0.5))
	y = m.add(f, y)
	return m.addMul(y, e, m.num(ln2High))
}

// logEdges puts the values of log in y where x is negative, zero, infinite or NaN.
func (m *machine) logEdges(x, y vec) vec {
	y = m.pick(m.compare(equal, x, m.num(math.Inf(1))), x, y)
	y = m.pick(m.compare(notGreaterOrEq, x, m.num(0)), m.num(math.NaN()), y)
	return m.pick(m.compare(equal, x, m.num(0)), m.num(math.Inf(-1)), y)
}

func (m *machine) log(x vec) vec {
	e, f := m.reduceLog(x)
	return m.logEdges(x, m.logOf(e, f))
}

// log1p returns log(u) + (x-(u-1))/u with u = 1+x rounded: the second term is what the rounding took away.
func (m *machine) log1p(x vec) vec {
	u := m.add(x, m.num(1))
	e, f := m.reduceLog(u)
	lost := m.div(m.sub(x, m.sub(u, m.num(1))), u)
	y := m.logEdges(u, m.add(m.logOf(e, f), lost))
	return m.pick(m.compare(equal, x, m.num(0)), x, y)
}

// trigonometricLimit is the greatest magnitude that sin and cos take. Greater ones are passed through to dst: they
// are recognised there by their size.
const trigonometricLimit = 32768

// pi/2 in three parts of float32.
const (
	halfPi0 = 0x1.921fb6p+0
	halfPi1 = -0x1.777a5cp-25
	halfPi2 = -0x1.ee59dap-50
)

// trigonometric returns the sine of x + quarters*pi/2.
func (m *machine) trigonometric(x vec, quarters uint32) vec {
	n := m.round(m.mul(x, m.num(2/math.Pi)), toNearestEven)
	r := m.subMul(m.copy(x), n, m.num(halfPi0))
	r = m.subMul(r, n, m.num(halfPi1))
	r = m.subMul(r, n, m.num(halfPi2))
	q := m.toInt(n)
	if quarters > 0 {
		q = m.addInt(q, m.bits(quarters))
	}
	square := m.mul(r, r)
	s := m.polynomial(square, sinCoefficients...)
	s = m.addMul(m.copy(r), m.mul(square, r), s)
	c := m.polynomial(square, cosCoefficients...)
	c = m.mul(c, m.mul(square, square))
	c = m.subMul(c, square, m.num(0.5))
	c = m.add(c, m.num(1))
	y := m.pick(m.signs(m.shiftLeft(q, 31)), c, s)
	y = m.xor(y, m.signBit(m.shiftLeft(q, 30)))
	y = m.pick(m.compare(lessEqual, m.abs(x), m.num(trigonometricLimit)), y, x)
	if quarters > 0 {
		return y
	}
	return m.pick(m.compare(equal, x, m.num(0)), x, y) // zero keeps its sign
}

// erf returns a polynomial near zero and 1 - erfc(|x|) with the sign of x elsewhere.
func (m *machine) erf(x vec) vec {
	a := m.min(m.num(4), m.abs(x))
	near := m.polynomial(m.mul(a, a), erfCoefficients...)
	near = m.addMul(m.copy(a), near, a)
	t := m.polynomial(a, erfcCoefficients...)
	n, p := m.reduceExp(m.negate(t))
	scale := m.power2(m.toInt(n))
	far := m.sub(m.num(1), m.addMul(m.copy(scale), scale, p))
	y := m.pick(m.compare(less, a, m.num(0.92)), near, far)
	return m.or(y, m.signBit(x))
}

func mathKernels() []elementwise {
	return []elementwise{
		unary("exp", "computes e**a.", (*machine).exp),
		unary("expm1", "computes e**a - 1.", (*machine).expm1),
		unary("log", "computes the natural logarithm of a.", (*machine).log),
		unary("log1p", "computes log(1+a).", (*machine).log1p),
		unary("tanh", "computes the hyperbolic tangent of a.", (*machine).tanh),
		unary("logistic", "computes 1/(1+exp(-a)).", (*machine).logistic),
		unary("sin", "computes the sine of a, and a itself beyond the limit of the reduction.", func(m *machine, x vec) vec {
			return m.trigonometric(x, 0)
		}),
		unary("cos", "computes the cosine of a, and a itself beyond the limit of the reduction.", func(m *machine, x vec) vec {
			return m.trigonometric(x, 1)
		}),
		unary("erf", "computes the error function of a.", (*machine).erf),
	}
}
