package trial

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParseExpert reads NAME=SET[+SET][:WEIGHTS][@METHOD[+OPTION]]. A SET is a collection, reconstructed(C), into(C[, FROM]),
// drawn(C[, SHAPE]), or a file: what holds a slash or ends in .txt, .csv or .onnx. A file or WEIGHTS with any of + :
// @ ( ) , in its name is put in double quotes. Errors are *[SyntaxError].
func ParseExpert(text string) (Expert, error) {
	s := scanner{text: text}
	e, err := s.expert()
	if err != nil {
		return Expert{}, err
	}
	return e, nil
}

// scanner reads an expert from left to right.
type scanner struct {
	text string
	at   int
}

func (s *scanner) wrong(at int, format string, args ...any) error {
	return &SyntaxError{s.text, at, fmt.Sprintf(format, args...)}
}

// signs are what ends a word.
const signs = "=+:@(),\""

// word reads up to the next sign, or a text in double quotes.
func (s *scanner) word(what string) (word string, err error) {
	s.spaces()
	start := s.at
	if s.take('"') {
		end := strings.IndexByte(s.text[s.at:], '"')
		if end < 0 {
			return "", s.wrong(start, "the quote is not closed")
		}
		word = s.text[s.at : s.at+end]
		s.at += end + 1
	} else {
		end := strings.IndexAny(s.text[s.at:], signs)
		if end < 0 {
			end = len(s.text) - s.at
		}
		word = strings.TrimRight(s.text[s.at:s.at+end], " \t")
		s.at += end
	}
	s.spaces()
	if word == "" || strings.ContainsFunc(word, func(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == '\ufffd' }) {
		return "", s.wrong(start, "%s is expected", what)
	}
	return word, nil
}

func (s *scanner) spaces() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
}

// take passes over a sign where it is next.
func (s *scanner) take(sign byte) bool {
	if s.at < len(s.text) && s.text[s.at] == sign {
		s.at++
		return true
	}
	return false
}

func (s *scanner) expert() (e Expert, err error) {
	if e.Name, err = s.word("the name of the expert"); err != nil {
		return e, err
	}
	if strings.ContainsAny(e.Name, signs+"/\\.") {
		return e, s.wrong(0, "a name has none of the signs %s/\\.", signs)
	}
	if !s.take('=') {
		return e, s.wrong(s.at, "= and a set are expected after the name")
	}
	for {
		a, err := s.atom()
		if err != nil {
			return e, err
		}
		e.Sets = append(e.Sets, a)
		if !s.take('+') {
			break
		}
	}
	if s.take(':') {
		at := s.at
		if e.Weights, err = s.word("a rule of weights, a number of images, or a file"); err != nil {
			return e, err
		}
		if err := checkWeights(e.Weights); err != nil {
			return e, s.wrong(at, "%v", err)
		}
	}
	e.Method = Methods()[0]
	if s.take('@') {
		at := s.at
		if e.Method, err = s.word("a method"); err != nil {
			return e, err
		}
		for s.take('+') {
			option, err := s.word("an option of the method")
			if err != nil {
				return e, err
			}
			e.Options = append(e.Options, option)
		}
		if err := checkMethod(e); err != nil {
			return e, s.wrong(at, "%v", err)
		}
	}
	if s.at < len(s.text) {
		return e, s.wrong(s.at, "+SET, :WEIGHTS or @METHOD is expected, in this order")
	}
	return e, nil
}

func (s *scanner) atom() (a Atom, err error) {
	s.spaces()
	start, quote := s.at, s.at < len(s.text) && s.text[s.at] == '"'
	word, err := s.word("a set")
	if err != nil {
		return a, err
	}
	if quote || isFile(word) {
		return Atom{Kind: Listed, File: word}, nil
	}
	if !s.take('(') {
		return Atom{Kind: Real, Collection: word}, nil
	}
	made := []Kind{Reconstructed, Into, Drawn}
	if !slices.Contains(made, Kind(word)) {
		return a, s.wrong(start, "what is made is one of reconstructed(C), into(C), drawn(C)")
	}
	a.Kind = Kind(word)
	if a.Collection, err = s.collection(start); err != nil {
		return a, err
	}
	if a.Kind == Into && s.take(',') {
		if a.From, err = s.collection(start); err != nil {
			return a, err
		}
		if a.From == a.Collection {
			return a, s.wrong(start, "images are projected from one collection into another")
		}
	}
	if a.Kind == Drawn {
		a.Shape = Shapes()[0]
		if s.take(',') {
			s.spaces()
			at := s.at
			if a.Shape, err = s.word("what is kept of the covariance"); err != nil {
				return a, err
			}
			if !slices.Contains(Shapes(), a.Shape) {
				return a, s.wrong(at, "what is kept of the covariance is one of %s", strings.Join(Shapes(), ", "))
			}
		}
	}
	if !s.take(')') {
		return a, s.wrong(s.at, "a closing bracket is expected")
	}
	s.spaces()
	return a, nil
}

// collection reads the name of a collection in the brackets of the set that begins at start.
func (s *scanner) collection(start int) (string, error) {
	name, err := s.word("a collection")
	if err == nil && (strings.ContainsAny(name, signs) || isFile(name)) {
		err = s.wrong(start, "a collection is expected in the brackets")
	}
	return name, err
}

// isFile tells the name of a file from that of a collection.
func isFile(word string) bool {
	return strings.ContainsAny(word, "/\\") || strings.HasSuffix(word, ".txt") || strings.HasSuffix(word, ".csv") || strings.HasSuffix(word, ".onnx")
}

// quoted is the name of a file in the grammar.
func quoted(file string) string {
	if strings.ContainsAny(file, signs) || !isFile(file) || strings.Trim(file, " \t") != file {
		return `"` + file + `"`
	}
	return file
}

func quotedWeights(text string) string {
	if !isFile(text) && !strings.ContainsAny(text, signs+" \t") {
		return text
	}
	return quoted(text)
}

// Even is the rule by which every pair of a value of the label and a value of the context counts the same.
const Even = "even"

// checkWeights says whether text can be the weights of an expert.
func checkWeights(text string) error {
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 {
			return fmt.Errorf("a number of images is 1 or more")
		}
		return nil
	}
	if text == Even || isFile(text) {
		return nil
	}
	return fmt.Errorf("weights are %s, a number of images to choose at random, or a .csv file of the columns file and weight", Even)
}
