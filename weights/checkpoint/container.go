package checkpoint

import "errors"

var (
	errUnderflow   = errors.New("too few values are on the stack")
	errNoMark      = errors.New("no mark is on the stack")
	errUnknownSlot = errors.New("it refers to a value that was not remembered")
	errTooLarge    = errors.New("the pickle makes more values than a checkpoint can need")
	errUnknown     = errors.New("not one that torch.save writes")
	errOdd         = errors.New("a key has no value")
)

// container executes the instructions that make tuples, lists, sets and dictionaries, and fill them. A set is kept as
// a list.
func (m *machine) container(op opcode) error {
	switch op {
	case opEmptyTuple:
		return m.push(tuple{})
	case opTuple1, opTuple2, opTuple3:
		values, err := m.popMany(int(op-opTuple1) + 1)
		return first(err, m.spend(costContainer), m.push(tuple(values)))
	case opTuple:
		values, err := m.popMark()
		return first(err, m.spend(costContainer), m.push(tuple(values)))
	case opEmptyList, opEmptySet:
		return first(m.spend(costContainer), m.push(&list{}))
	case opList, opFrozenSet:
		values, err := m.popMark()
		return first(err, m.spend(costContainer), m.push(&list{values}))
	case opEmptyDict:
		return first(m.spend(costContainer), m.push(&dict{}))
	case opDict:
		values, err := m.popMark()
		made := &dict{}
		return first(err, m.spend(costContainer), m.setItems(made, values), m.push(made))
	case opAppend:
		value, err := m.pop()
		if err != nil {
			return err
		}
		return m.extend([]any{value})
	case opAppends, opAddItems:
		values, err := m.popMark()
		if err != nil {
			return err
		}
		return m.extend(values)
	case opSetItem:
		values, err := m.popMany(2)
		if err != nil {
			return err
		}
		return m.update(values)
	case opSetItems:
		values, err := m.popMark()
		if err != nil {
			return err
		}
		return m.update(values)
	}
	return errUnknown
}

// extend adds values to the list on top of the stack. An object that behaves like a list forgets them: nothing here
// needs one.
func (m *machine) extend(values []any) error {
	top, err := m.pop()
	if err != nil {
		return err
	}
	switch top := top.(type) {
	case *list:
		top.items = append(top.items, values...)
	case *object:
	default:
		return errors.New("what it appends to is " + describe(top))
	}
	return first(m.spend(costSlot*len(values)), m.push(top))
}

// update sets keys and values, by turns, in the dictionary on top of the stack.
func (m *machine) update(values []any) error {
	top, err := m.pop()
	if err != nil {
		return err
	}
	switch top := top.(type) {
	case *dict:
		err = m.setItems(top, values)
	case *object:
		err = m.setItems(top.content, values)
	default:
		err = errors.New("what it sets an item of is " + describe(top))
	}
	return first(err, m.push(top))
}

func (m *machine) setItems(d *dict, values []any) error {
	if len(values)%2 != 0 {
		return errOdd
	}
	for i := 0; i < len(values); i += 2 {
		d.set(values[i], values[i+1])
	}
	return m.spend(costContainer * len(values) / 2)
}
